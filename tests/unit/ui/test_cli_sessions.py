"""Gates, sessions and records through the real command line, up to the first gates of a project."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.report.results import Results
from synthcraft.ui.cli import app


@dataclass
class Shell:
    """A command line with a workspace and a small table."""

    folder: Path

    def __call__(self, *words: str, typed: Sequence[str] | None = None) -> Result:
        """Run one command; `typed` are the lines of a person at a terminal."""
        text = None if typed is None else "".join(f"{line}\n" for line in typed)
        command = [*words, "--home", str(self.folder / "home")]
        return CliRunner().invoke(app, command, input=text)

    def json(self, *words: str) -> Any:
        """The JSON document that a command prints."""
        return json.loads(self(*words, "--json").stdout)

    @property
    def table(self) -> str:
        """A table of 120 patients."""
        rng = np.random.default_rng(7)
        frame = pd.DataFrame(
            {
                "age": rng.integers(20, 80, 120),
                "bmi": rng.normal(27, 4, 120).round(1),
                "died": rng.integers(0, 2, 120),
            }
        )
        frame.to_csv(self.folder / "table.csv", index=False)
        return str(self.folder / "table.csv")

    def begun(self) -> str:
        """A project that waits at its first gate."""
        return str(self.json("run", self.table, "--target", "died")["session"])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at the terminal."""
    monkeypatch.setattr("synthcraft.ui.commands.keepers.somebody_is_there", lambda: True)


def test_without_a_terminal_a_run_stops_at_the_gate_and_says_how_to_go_on(shell: Shell) -> None:
    result = shell("run", shell.table, "--target", "died", "--json")
    assert result.exit_code == 3
    printed = Results.model_validate_json(result.stdout)
    assert (printed.status, printed.waiting_for) == ("waiting", "intake")
    assert f"synthcraft sessions resume {printed.session}" in result.stderr
    again = shell("sessions", "resume", printed.session)
    assert again.exit_code == 3
    assert f"synthcraft sessions resume {printed.session}" in again.stderr


def test_an_answer_given_as_an_option_moves_the_project_on(shell: Shell) -> None:
    session = shell.begun()
    words = ["sessions", "resume", session, "--answer", "approve", "--actor", "Jane", "--json"]
    result = shell(*words)
    assert result.exit_code == 3
    printed = json.loads(result.stdout)
    assert printed["waiting_for"] == "intent"
    assert [(a["gate"], a["actor"], a["verdict"]) for a in printed["approvals"]] == [
        ("intake", "Jane", "approve")
    ]


def test_a_revision_given_in_words_changes_the_plan(shell: Shell) -> None:
    session = shell.begun()
    shell("sessions", "resume", session, "--answer", "approve")
    words = ["--answer", "revise", "--comment", "use age as the target"]
    assert shell("sessions", "resume", session, *words).exit_code == 3
    assert shell.json("sessions", "show", session)["plan"]["target"] == "age"


def test_an_answer_that_cannot_be_given_leaves_the_gate_open(shell: Shell) -> None:
    session = shell.begun()
    silent = shell("sessions", "resume", session, "--answer", "revise")
    assert silent.exit_code == 2 and "--comment" in silent.stderr
    wrong = ["--answer", "revise", "--comment", "the target is haemoglobin_level"]
    assert shell("sessions", "resume", session, *wrong).exit_code == 2
    assert shell.json("sessions", "show", session)["waiting_for"] == "intake"


def test_a_stopped_project_is_done_and_takes_no_more_answers(shell: Shell) -> None:
    session = shell.begun()
    out = shell.folder / "out"
    stop = shell("sessions", "resume", session, "--answer", "stop", "--out", str(out))
    assert stop.exit_code == 0
    assert (out / "report.html").is_file() and (out / "results.json").is_file()
    late = shell("sessions", "resume", session, "--answer", "approve")
    assert late.exit_code == 2 and "no gate" in late.stderr


def test_going_back_keeps_the_branch_that_was_left(shell: Shell) -> None:
    session = shell.begun()
    asked = [
        x for x in shell.json("sessions", "show", session)["history"] if x["node"] == "propose"
    ]
    shell("sessions", "resume", session, "--answer", "approve")
    assert shell("sessions", "revert", session, "--to", asked[0]["checkpoint"]).exit_code == 0
    shown = shell.json("sessions", "show", session)
    assert shown["waiting_for"] == "intake"
    assert {line["on_head"] for line in shown["history"]} == {True, False}
    assert shell("sessions", "revert", session, "--to", "nowhere").exit_code == 2


def test_projects_are_listed_and_deleted_on_confirmation(shell: Shell) -> None:
    session = shell.begun()
    assert [s["session"] for s in shell.json("sessions", "list")["sessions"]] == [session]
    assert session in shell("sessions", "list").stdout
    assert shell("sessions", "delete", session).exit_code == 2
    assert shell("sessions", "delete", session, "--yes").exit_code == 0
    assert shell.json("sessions", "list") == {"sessions": []}
    for words in (["sessions", "show"], ["sessions", "resume"], ["report"], ["audit", "verify"]):
        gone = shell(*words, session, "--json")
        assert (gone.exit_code, json.loads(gone.stdout)["error"]["code"]) == (2, "E_NOT_FOUND")


def test_projects_have_names_on_the_command_line(shell: Shell) -> None:
    begun = shell.json("run", shell.table, "--target", "died", "--name", "First <b>try</b>")
    listed = shell("sessions", "list").stdout
    assert "First <b>try</b>" in listed and "table.csv" in listed and "intake" in listed
    assert shell("sessions", "rename", begun["session"], "Another\x1b[2J name").exit_code == 0
    (info,) = shell.json("sessions", "list")["sessions"]
    assert (info["title"], info["name"], info["waiting_for"]) == (
        "Another [2J name", "table.csv", "intake",
    )  # fmt: skip
    assert shell("sessions", "rename", begun["session"], "x" * 81).exit_code == 2
    assert shell("run", shell.table, "--name", " ").exit_code == 2


@pytest.mark.usefixtures("person")
def test_a_codebook_is_used_after_a_yes_and_not_without(shell: Shell) -> None:
    codes = shell.folder / "codes.csv"
    codes.write_text("variable,label,range\nage,Age at visit,30-60\nsmoker,Smokes,\n")
    words = ("run", shell.table, "--target", "died", "--codebook", str(codes))
    asked = shell(*words, typed=["y", "later"])
    assert "Age at visit" in asked.stderr and "not in the table: 'smoker'" in asked.stderr
    assert "Codebook confirmed by" in asked.stderr and "outside the range" in asked.stderr
    refused = shell(*words, typed=["n", "later"])
    assert "is not used" in refused.stderr and "confirmed by" not in refused.stderr


def test_a_codebook_that_nobody_can_confirm_starts_nothing(shell: Shell) -> None:
    codes = shell.folder / "codes.csv"
    codes.write_text("variable,label\nage,Age\n")
    alone = shell("run", shell.table, "--codebook", str(codes))
    assert alone.exit_code == 2 and "Nobody was there" in alone.stderr
    assert shell.json("sessions", "list") == {"sessions": []}


def test_a_report_can_be_had_at_any_point(shell: Shell) -> None:
    session = shell.begun()
    page, numbers = shell.folder / "report.html", shell.folder / "report.json"
    assert shell("report", session, "--out", str(page)).exit_code == 0
    assert "<html" in page.read_text()
    assert shell.json("report", session, "--format", "json", "--out", str(numbers)) == {
        "session": session,
        "format": "json",
        "file": str(numbers),
    }
    assert Results.model_validate_json(numbers.read_text()).session == session


def test_every_report_that_leaves_is_in_the_log_by_its_hash(shell: Shell) -> None:
    session = shell.begun()
    log = shell.folder / "home" / "audit" / f"{session}.jsonl"
    for form in ("html", "docx"):
        file = shell.folder / f"r.{form}"
        assert shell("report", session, "--format", form, "--out", str(file)).exit_code == 0
        left = json.loads(log.read_text().splitlines()[-1])["body"]
        assert left["kind"] == "export" and left["files"] == {file.name: hash_file(file)}
    assert shell.json("audit", "verify", session)["intact"] is True


def test_without_the_package_the_html_is_written_and_said_so(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, file = shell.begun(), shell.folder / "r.pdf"
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    told = shell("report", session, "--format", "pdf", "--out", str(file))
    assert told.exit_code == 2 and "synthcraft[pdf]" in told.stderr and "r.html" in told.stderr
    assert not file.exists() and "<html" in file.with_suffix(".html").read_text()


def test_a_changed_audit_log_is_found(shell: Shell) -> None:
    session = shell.begun()
    assert shell.json("audit", "verify", session)["intact"] is True
    log = shell.folder / "home" / "audit" / f"{session}.jsonl"
    log.write_text(log.read_text().replace("table.csv", "other.csv", 1))
    result = shell("audit", "verify", session, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"]


@pytest.mark.usefixtures("person")
def test_a_person_goes_on_in_plain_words(shell: Shell) -> None:
    lines = ["what is TSTR?", "yes", "please use age as the target", "later"]
    result = shell("run", shell.table, "--target", "died", "--actor", "Jane", typed=lines)
    assert result.exit_code == 3
    session = shell.json("sessions", "list")["sessions"][0]["session"]
    shown = shell.json("sessions", "show", session)
    assert (shown["waiting_for"], shown["plan"]["target"]) == ("intent", "age")
    said = [line["what"] for line in shown["history"] if line["node"] == "approval"]
    assert any(text.startswith("Jane approved") for text in said)


@pytest.mark.usefixtures("person")
def test_stopping_is_confirmed_and_unclear_words_decide_nothing(shell: Shell) -> None:
    lines = ["stop", "no", "mumble mumble", "yes, but leave out the bmi column"]
    result = shell("run", shell.table, "--target", "died", typed=lines)
    assert result.exit_code == 3
    session = shell.json("sessions", "list")["sessions"][0]["session"]
    assert shell.json("sessions", "show", session)["waiting_for"] == "intake"
    ended = shell("sessions", "resume", session, "--out", str(shell.folder), typed=["stop", "yes"])
    assert ended.exit_code == 0
    assert shell.json("sessions", "show", session)["status"] == "stopped"


@pytest.mark.usefixtures("person")
def test_a_bare_yes_after_a_question_back_does_not_pass_the_gate(shell: Shell) -> None:
    lines = ["the target is haemoglobin_level", "yes", "no"]
    assert shell("run", shell.table, "--target", "died", typed=lines).exit_code == 3
    session = shell.json("sessions", "list")["sessions"][0]["session"]
    assert shell.json("sessions", "show", session)["waiting_for"] == "intake"


@pytest.mark.usefixtures("person")
def test_a_person_can_go_back_and_decide_differently(shell: Shell) -> None:
    lines = ["yes", "go back", "yes"]
    result = shell("run", shell.table, "--target", "died", typed=lines)
    assert result.exit_code == 3
    session = shell.json("sessions", "list")["sessions"][0]["session"]
    shown = shell.json("sessions", "show", session)
    assert shown["waiting_for"] == "intake"
    assert any(line["node"] == "revert" for line in shown["history"])
