"""Few held-back events: generators are fitted anew without each fold, or it is said why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.generators.catalogue import find


@pytest.fixture
def small_csv(clinic_csv: Path) -> Path:
    """So few rows that under fifty events are held back."""
    pd.read_csv(clinic_csv).head(300).to_csv(clinic_csv, index=False)
    return clinic_csv


async def to_the_end(
    runner: Runner, table: Path, out: Path, **asked: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Result records, and what the card said at which training was approved."""
    asked = {"target": "stroke", "include": ("cart",), **asked}
    view = await runner.start([table], Changes(**asked), seed=1, unattended=True)
    said: list[str] = []
    while view.status == "waiting":
        said += _lines(view)
        yes = Answer(verdict="approve", actor="Dr Test")
        view = await runner.answer(view.session, str(view.interrupt_id), yes)
    await runner.export(view.session, out)
    return json.loads((out / "results.json").read_text())["results"], said


def _lines(view: SessionView) -> list[str]:
    here = view.waiting_for == "parameters" and view.proposal is not None
    return list(view.proposal.lines) if here and view.proposal else []


def crossfitted(results: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {r["metric_id"]: r for r in results if r["family"] == "crossfit"}


async def test_few_events_are_cross_fitted_and_the_cost_is_said_beforehand(
    runner: Runner, small_csv: Path, tmp_path: Path
) -> None:
    results, said = await to_the_end(runner, small_csv, tmp_path / "out")
    rows = crossfitted(results)
    assert set(rows) == {f"crossfit.{m}_{n}" for m in ("tstr", "delta")
                         for n in ("linear", "boosting")}  # fmt: skip
    tstr = rows["crossfit.tstr_linear"]
    assert 0.5 < tstr["value"] < 1 and tstr["ci_low"] < tstr["value"] < tstr["ci_high"]
    file_alone = next(r for r in results if r["metric_id"] == "utility.tstr_linear")
    width = tstr["ci_high"] - tstr["ci_low"]
    assert width < 0.75 * (file_alone["ci_high"] - file_alone["ci_low"])
    assert "5 folds" in tstr["message"] and "procedure" in tstr["message"]
    assert any("5 more times" in line for line in said)


@pytest.mark.parametrize("short", ["time", "quick"])
async def test_what_is_not_done_is_said_with_its_reason(
    runner: Runner, small_csv: Path, tmp_path: Path, short: str
) -> None:
    seconds = find("cart").seconds(162, 8, find("cart").presets["standard"])
    asked = {"budget_minutes": 3 * seconds / 60} if short == "time" else {"preset": "quick"}
    results, _ = await to_the_end(runner, small_csv, tmp_path / "out", **asked)
    rows = crossfitted(results)
    assert rows and all(r["status"] == "not_assessed" for r in rows.values())
    words = "of the time limit are left" if short == "time" else "quick evaluation"
    assert all(words in r["message"] for r in rows.values())
