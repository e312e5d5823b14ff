"""Replaying, skipping and reopening from the command line, on a project at its first gates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from synthcraft.ui.cli import app


class Shell:
    """A command line with a workspace and a project that waits at its second gate."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        rng = np.random.default_rng(7)
        columns = {"age": rng.integers(20, 80, 120), "died": rng.integers(0, 2, 120)}
        pd.DataFrame(columns).to_csv(folder / "table.csv", index=False)
        begun = self.json("run", str(folder / "table.csv"), "--target", "died")
        self.session = str(begun["session"])
        self.json("sessions", "resume", self.session, "--answer", "approve")

    def __call__(self, *words: str) -> Result:
        """Run one command."""
        return CliRunner().invoke(app, [*words, "--home", str(self.home)])

    def json(self, *words: str) -> Any:
        """The JSON document that a command prints."""
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_replay_says_that_all_is_alike_or_what_differs(shell: Shell) -> None:
    alike = shell("replay", shell.session)
    assert alike.exit_code == 0
    assert "all alike" in alike.stdout
    assert shell.json("replay", shell.session)["equal"] is True
    log = shell.home / "audit" / f"{shell.session}.jsonl"
    log.write_text(log.read_text().replace('"action":"profile_schema"', '"action":"stop"', 1))
    edited = shell("replay", shell.session)
    assert edited.exit_code == 1
    assert "Step 1 (intake) differs" in edited.stdout
    assert "The log says stop, repeated it is profile_schema" in edited.stdout
    first = shell.json("replay", shell.session)["difference"]
    assert (first["step"], first["recorded"], first["repeated"]) == (1, "stop", "profile_schema")
    assert shell("replay", "nobody").exit_code == 2


def test_an_episode_is_opened_again_and_a_mandatory_one_not_skipped(shell: Shell) -> None:
    words = ["sessions", "skip", shell.session, "intent", "--reason", "no time"]
    refused = shell(*words, "--json")
    assert refused.exit_code == 2
    assert "mandatory" in json.loads(refused.stdout)["error"]["message"]
    assert shell("sessions", "skip", shell.session, "evaluation").exit_code == 2
    view = shell.json("sessions", "reopen", shell.session, "intake", "--actor", "Jane")
    assert (view["status"], view["waiting_for"]) == ("waiting", "intake")
    shown = shell.json("sessions", "show", shell.session)
    assert any("opened again by Jane" in line["what"] for line in shown["history"])
    again = shell("sessions", "reopen", shell.session, "intake")
    assert again.exit_code == 2
