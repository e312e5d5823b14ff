"""The publication tier trains generators on halves of the people, or says why it did not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four generators instead of 32."""
    monkeypatch.setattr("synthcraft.agents.shadows.SHADOWS", 4)


async def to_the_end(
    runner: Runner, table: Path, out: Path, **asked: Any
) -> tuple[dict[str, Any], list[str]]:
    """The results file, and what the card said at which training was approved."""
    always = {"use_case": "development", "target": "stroke", "include": ("cart",)}
    asked = {**always, "tier": "publication", **asked}
    view = await runner.start([table], Changes(**asked), seed=1, unattended=True)
    said: list[str] = []
    while view.status == "waiting":
        if view.waiting_for == "parameters" and view.proposal is not None:
            said += view.proposal.lines
        yes = Answer(verdict="approve", actor="Dr Test")
        view = await runner.answer(view.session, str(view.interrupt_id), yes)
    await runner.export(view.session, out)
    return json.loads((out / "results.json").read_text()), said


def shadow(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [r for r in results["results"] if r["metric_id"] == "privacy.shadow_models"]


async def test_the_attack_is_run_on_whole_people_and_its_cost_is_said_beforehand(
    runner: Runner, clinic_csv: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(clinic_csv)
    table["patient_id"] = [f"P{n // 2}" for n in range(len(table))]
    table.to_csv(clinic_csv, index=False)
    results, said = await to_the_end(
        runner, clinic_csv, tmp_path / "out", roles={"patient_id": "identifier"}
    )
    (row,) = shadow(results)
    assert row["family"] == "shadow" and 0 < row["value"] < 1 and row["mde"] > 0.5
    assert row["status"] in {"pass", "refer", "fail"}
    assert "Trained 4 times" in row["message"] and "parameters of the file" in row["message"]
    assert any("4 more times on halves" in line for line in said)
    assert row["title"] in (tmp_path / "out" / "report.html").read_text()
    assert not any("Membership guessed" in line for line in results["decision"]["not_assessed"])
    (halves,) = _stored_halves(runner.deps.store.root)
    assert halves["person"].value_counts().isin([1, 2]).all() and len(halves) > 200
    inside = halves.groupby("person")[["half_0", "half_1", "half_2", "half_3"]]
    assert (inside.nunique() == 1).all(axis=None)
    assert halves["person"].duplicated().sum() > 100


def _stored_halves(root: Path) -> list[pd.DataFrame]:
    tables = []
    for path in filter(Path.is_file, root.rglob("*")):
        if path.read_bytes()[:4] == b"PAR1" and "half_0" in pq.read_schema(path).names:
            tables.append(pd.read_parquet(path))
    return tables


async def test_without_time_nothing_is_trained_and_that_is_said(
    fresh_runner: Runner, clinic_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute is much for one fit, also on a busy machine, and little for 1000 on a fast one."""
    monkeypatch.setattr("synthcraft.agents.shadows.SHADOWS", 1000)
    results, _ = await to_the_end(fresh_runner, clinic_csv, tmp_path / "out", budget_minutes=1.0)
    (row,) = shadow(results)
    assert row["status"] == "not_assessed" and "of the time limit are left" in row["message"]
    assert any("trained generators" in line for line in results["decision"]["not_assessed"])
    assert not _stored_halves(fresh_runner.deps.store.root)
