"""The command line as such: what it imports, how it fails, what scripts get."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from synthcraft.graph import records, team
from synthcraft.graph.errors import StoreError
from synthcraft.tools.pack import levels
from synthcraft.tools.release import ledger as release_ledger
from synthcraft.tools.report import forms
from synthcraft.ui.cli import app
from synthcraft.ui.commands import doctor, options

cli = CliRunner()


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHCRAFT_HOME", str(tmp_path / "home"))


def test_importing_the_command_line_brings_in_nothing_heavy() -> None:
    heavy = ["pandas", "numpy", "langgraph", "gradio", "torch", "sklearn", "pydantic", "rich"]
    code = f"import sys, synthcraft.ui.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_choices_are_those_of_the_records() -> None:
    for name in ("UseCase", "Task", "Preset", "Tier"):
        assert get_args(getattr(options, name)) == get_args(getattr(records, name))
    assert get_args(options.TeamRole) == get_args(team.Role)
    assert get_args(options.Level) == get_args(levels.Level)
    assert get_args(options.ReleaseTier) == get_args(release_ledger.Tier)
    assert get_args(options.Form) == get_args(forms.Form)


COMMANDS = ["run", "demo", "chat", "doctor", "report", "audit verify", "generators list"]
COMMANDS += ["generators show", "sessions list", "sessions show", "sessions resume"]
COMMANDS += ["sessions revert", "sessions delete"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_json_and_home(command: str) -> None:
    result = cli.invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "--json" in result.stdout and "--home" in result.stdout


def test_without_words_the_help_is_shown() -> None:
    result = cli.invoke(app, [])
    assert result.exit_code == 0
    assert "sessions" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "a.csv", "--bogus"],
        ["run", "a.csv", "--task", "clustering"],
        ["run", "a.csv", "--rows", "many"],
        ["run", "a.csv", "--seed", "-1"],
        ["sessions"],
        ["sessions", "revert", "abc"],
        ["synthesise"],
        ["--bogus"],
    ],
)
def test_bad_usage_is_one_sentence_or_one_json_document(words: list[str]) -> None:
    spoken = cli.invoke(app, words)
    assert spoken.exit_code == 2
    assert spoken.stdout == ""
    assert spoken.stderr.strip() and "Traceback" not in spoken.stderr
    asked = cli.invoke(app, [*words, "--json"])
    assert asked.exit_code == 2
    assert json.loads(asked.stdout)["error"]["code"] == "E_USAGE"


def test_our_own_bug_keeps_its_traceback_in_a_private_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("value of a cell")

    monkeypatch.setattr(doctor, "examine", broken)
    result = cli.invoke(app, ["doctor", "--home", str(tmp_path)])
    log = tmp_path / "logs" / "error.log"
    assert result.exit_code == 1
    assert str(log) in result.stderr
    assert "value of a cell" not in result.stderr
    assert "ValueError" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_our_own_error_is_told_under_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StoreError("An artefact was changed.", "Restore it.")

    monkeypatch.setattr(doctor, "examine", broken)
    result = cli.invoke(app, ["doctor", "--json", f"--home={os.devnull}"])
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "E_STORE"
    assert error["message"] == "An artefact was changed."


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere/file")

    monkeypatch.setattr(doctor, "examine", full)
    result = cli.invoke(app, ["doctor", "--json", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "E_DISK_FULL"


def test_ctrl_c_is_code_3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", stopped)
    result = cli.invoke(app, ["doctor", "--json", "--home", str(tmp_path)])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "E_INTERRUPTED"


def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHCRAFT_MEMORY_MB", "lots")
    result = cli.invoke(app, ["doctor", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "SYNTHCRAFT_MEMORY_MB" in result.stderr


def test_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    healthy = cli.invoke(app, ["doctor", "--json", "--home", str(tmp_path / "new")])
    report = json.loads(healthy.stdout)
    assert (healthy.exit_code, report["healthy"]) == (0, True)
    assert {"python", "workspace", "disk", "sqlite", "telemetry"} <= {
        check["name"] for check in report["checks"]
    }
    occupied = tmp_path / "file"
    occupied.write_text("no folder")
    ill = cli.invoke(app, ["doctor", "--json", "--home", str(occupied)])
    assert ill.exit_code == 2
    status = {check["name"]: check["status"] for check in json.loads(ill.stdout)["checks"]}
    assert status["workspace"] == "fail"


def test_generators_are_listed_and_shown() -> None:
    listed = json.loads(cli.invoke(app, ["generators", "list", "--json"]).stdout)["generators"]
    names = {spec["name"] for spec in listed}
    assert {"ctgan", "bayesian_network", "privbayes"} <= names
    shown = json.loads(cli.invoke(app, ["generators", "show", "CT-GAN", "--json"]).stdout)
    assert shown["name"] == "ctgan" and shown["parameters"]
    assert cli.invoke(app, ["generators", "show", "ctgan"]).exit_code == 0
    unknown = cli.invoke(app, ["generators", "show", "ctgam"])
    assert unknown.exit_code == 2
    assert "ctgan" in unknown.stderr
