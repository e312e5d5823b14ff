"""Several independent fits of a generator, from the request to the report, on NHANES."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, SessionView

ASKED = Changes(target="heart_attack", include=("cart",), preset="quick", replicates=3)


@pytest.fixture
def people(nhanes: Path, tmp_path: Path) -> Path:
    """The first people of the paper's table: enough for every step, and quick."""
    path = tmp_path / "people.csv"
    pd.read_csv(nhanes).head(900).to_csv(path, index=False)
    return path


async def to(runner: Runner, view: SessionView, gate: str | None = None) -> SessionView:
    while view.status == "waiting" and view.waiting_for != gate:
        yes = Answer(verdict="approve", actor="Dr Test")
        view = await runner.answer(view.session, view.interrupt_id or "", yes)
    return view


async def exported(runner: Runner, view: SessionView, out: Path) -> dict[str, Any]:
    await runner.export(view.session, out)
    found: dict[str, Any] = json.loads((out / "results.json").read_text())
    return found


async def test_three_fits_from_request_to_report(
    runner: Runner, people: Path, tmp_path: Path
) -> None:
    view = await runner.start([people], ASKED, seed=3, unattended=True)
    view = await to(runner, view, "parameters")
    assert view.proposal is not None
    assert any("3 times, independently" in line for line in view.proposal.lines)
    assert "replicates" in view.proposal.editable
    view = await to(runner, view)
    assert view.status == "finished"
    (candidate,) = view.candidates
    assert [fit.status for fit in candidate.replicates] == ["ok", "ok"]
    seeds = [candidate.seed]
    seeds += [s for fit in candidate.replicates for s in (fit.fit_seed, fit.sample_seed)]
    assert len(set(seeds)) == 5
    assert len({candidate.sha256, *(fit.sha256 for fit in candidate.replicates)}) == 3
    results = await exported(runner, view, tmp_path / "out")
    assert {r["replicate"] for r in results["results"]} == {0}
    assert {r["replicate"] for r in results["replicates"]} == {1, 2}
    assert "privacy.membership" in {r["metric_id"] for r in results["replicates"]}
    assert results["evaluation_plan"]["plan"]["replicates"]["fits"] == 3
    assert len(list((tmp_path / "out" / "synthetic").glob("*.parquet"))) == 1


async def test_the_same_seed_repeats_every_fit(runner: Runner, people: Path) -> None:
    found = []
    for _ in range(2):
        view = await runner.start([people], ASKED, seed=3, unattended=True)
        (candidate,) = (await to(runner, view, "generation")).candidates
        found.append([candidate.sha256, *(fit.sha256 for fit in candidate.replicates)])
    assert found[0] == found[1]


async def test_a_fit_without_time_is_named_and_referred(
    runner: Runner, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthcraft.agents.replicates.fits", lambda seconds, minutes: False)
    view = await to(runner, await runner.start([people], ASKED, seed=3, unattended=True))
    (candidate,) = view.candidates
    assert [fit.status for fit in candidate.replicates] == ["refused", "refused"]
    (verdict,) = view.verdicts
    assert verdict.state != "CRITERIA MET"
    assert any("1 of the 3 independent fits" in reason for reason in verdict.reasons)
