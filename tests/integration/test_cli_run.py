"""The whole pipeline from the command line: outputs, the same bytes again, Ctrl-C and resume."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.report.results import Results

COMMAND = [sys.executable, "-c", "from synthcraft.ui.cli import main; main()"]
GATES = ["intake", "intent", "parameters", "generation", "evaluation", "refinement"]


def _run_words(folder: Path, name: str) -> list[str]:
    words = ["run", str(folder / "patients.csv"), "--target", "died", "--use-case", "sharing"]
    words += ["--generators", "cart", "--preset", "quick", "--approve", "auto", "--seed", "1"]
    return [*words, "--out", str(folder / name), *_workspace(folder, name)]


def _workspace(folder: Path, name: str) -> list[str]:
    return ["--json", "--home", str(folder / f"{name}-home")]


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def _synthcraft(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, env=_environment(), check=False
    )


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of the tables in a folder of results."""
    files = [*folder.glob("synthetic/*.csv"), *folder.glob("synthetic/*.parquet")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of 300 patients, missing values included."""
    place = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(3)
    age = rng.integers(20, 80, 300)
    frame = pd.DataFrame(
        {
            "age": age,
            "bmi": np.where(rng.random(300) < 0.1, np.nan, rng.normal(27, 4, 300).round(1)),
            "sex": rng.choice(["female", "male"], 300),
            "died": (rng.random(300) < 1 / (1 + np.exp((60 - age) / 8))).astype(int),
        }
    )
    frame.to_csv(place / "patients.csv", index=False)
    return place


@pytest.fixture(scope="module")
def finished(folder: Path) -> subprocess.CompletedProcess[str]:
    """One complete run."""
    return _synthcraft(_run_words(folder, "first"))


def test_a_run_prints_and_writes_the_same_complete_results(
    folder: Path, finished: subprocess.CompletedProcess[str]
) -> None:
    assert finished.returncode == 0, finished.stderr
    printed: dict[str, Any] = json.loads(finished.stdout)
    results = Results.model_validate(printed)
    assert results.status == "finished" and results.waiting_for is None
    assert results.data.rows == 300
    assert results.data.train + results.data.validation + results.data.holdout == 300
    assert [c.generator for c in results.candidates if c.status == "ok"] == ["cart"]
    assert results.results and results.decision.state is not None
    out = folder / "first"
    for name in ("report.html", "results.json", "audit.jsonl", "reproduce.py"):
        assert (out / name).is_file(), name
    assert len(_hashes(out)) == 2
    assert json.loads((out / "results.json").read_text()) == printed


def test_every_gate_was_passed_by_the_named_approver(
    finished: subprocess.CompletedProcess[str],
) -> None:
    approvals = json.loads(finished.stdout)["approvals"]
    assert {a["actor"] for a in approvals} == {"auto:command line"}
    assert set(GATES) <= {a["gate"] for a in approvals}
    assert "Approved by auto:command line, not by a person" in finished.stderr


def test_ctrl_c_loses_nothing_and_the_resumed_run_gives_the_same_bytes(
    folder: Path, finished: subprocess.CompletedProcess[str]
) -> None:
    session = _interrupt_while_generating(_run_words(folder, "second"))
    shown = json.loads(
        _synthcraft(["sessions", "show", session, *_workspace(folder, "second")]).stdout
    )
    assert shown["status"] == "interrupted"
    words = ["sessions", "resume", session, "--approve", "auto", "--out", str(folder / "second")]
    resumed = _synthcraft([*words, *_workspace(folder, "second")])
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["session"] == session
    assert _hashes(folder / "second") == _hashes(folder / "first") != {}


def _interrupt_while_generating(words: list[str]) -> str:
    """Press Ctrl-C once the parameters are approved; returns the project's id."""
    with subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
        start_new_session=True,
        # a shell that runs the tests in the background makes its children deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        approved = 0
        for line in process.stderr:
            if approved > GATES.index("parameters"):
                break  # the line after: the answer has been taken
            approved += line.startswith("Approved by")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers hear it too
        heard = process.stderr.read()
        printed = json.loads(process.stdout.read())
    assert process.returncode == 3, heard
    assert printed["status"] == "interrupted"
    assert f"synthcraft sessions resume {printed['session']}" in heard
    return str(printed["session"])
