"""What a talkative project asks of a language model, counted by the server that it asks."""

from __future__ import annotations

from pathlib import Path

from synthcraft.agents.language.budget import CALLS, TOKENS
from synthcraft.evals.bench import Workbench
from synthcraft.evals.bench_model import language_model


def test_talkative_project_stays_within_its_budget(tmp_path: Path) -> None:
    calls, tokens = language_model(Workbench(tmp_path))
    assert 0 < calls.values[0] <= CALLS
    assert 100 * calls.values[0] < tokens.values[0] <= TOKENS
