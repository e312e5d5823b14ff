"""The evaluation plan of a project: agreed and logged before results, amended only in the open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import InputError
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer
from synthcraft.tools.audit import audit_log
from synthcraft.tools.plan_yaml import read_plan_file

ASKED = Changes(
    target="stroke", include=("marginal_distributions",), use_case="development", tier="quick"
)


def kinds(runner: Runner, session: str) -> list[tuple[str, str]]:
    """The log as (what happened, digest of the plan that was shown)."""
    log = audit_log(runner.deps.settings.home, session)
    found = []
    for body in (entry.body for entry in log.all()):
        if plan := body.get("evaluation_plan"):
            found.append((f"plan at {body['gate']}", plan["digest"]))
        elif str(body.get("action", "")).startswith("pick_") and body["kind"] == "feedback":
            found.append(("measured", ""))
    return found


async def test_the_plan_is_agreed_before_results_and_changes_are_amendments(
    runner: Runner, clinic_csv: Path, tmp_path: Path, approve: Any
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=5, unattended=True)
    view = await approve(runner, view, "intent")
    assert view.proposal is not None
    agreed = view.proposal.evaluation_plan
    assert agreed["plan"]["tier"] == "quick" and len(agreed["limits"]) > 20
    assert any(agreed["digest"][:16] in line for line in view.proposal.lines)
    view = await approve(runner, view, "evaluation")
    assert view.proposal is not None
    assert view.proposal.evaluation_plan["digest"] == agreed["digest"]
    assert "agreed by Dr Test" in view.proposal.lines[0]
    story = kinds(runner, view.session)
    assert story[0] == ("plan at intent", agreed["digest"])
    assert ("measured", "") in story[1:] and story[-1] == ("plan at evaluation", agreed["digest"])

    changed = Answer(verdict="revise", actor="Dr Test", changes=Changes(tier="standard"))
    view = await runner.answer(view.session, view.interrupt_id or "", changed)
    assert view.waiting_for == "evaluation" and view.proposal is not None
    assert any("Post hoc" in line and "tier" in line for line in view.proposal.lines)
    assert [c.id for c in view.candidates] == ["marginal_distributions-1"]
    results = (await runner.results(view.session))["results"]
    assert any(r["metric_id"] == "fidelity.association" for r in results)

    looser = Changes(thresholds={"fidelity.column_distance": 0.9})
    changed = Answer(verdict="revise", actor="Dr Late", changes=looser)
    view = await runner.answer(view.session, view.interrupt_id or "", changed)
    view = await approve(runner, view, None)
    assert view.status == "finished"
    out = tmp_path / "out"
    await runner.export(view.session, out)
    entry = json.loads((out / "results.json").read_text())["evaluation_plan"]
    assert [a["fields"] for a in entry["amendments"]] == [["tier"], ["thresholds"]]
    assert entry["amendments"][1]["actor"] == "Dr Late"
    assert entry["agreed"]["digest"] == entry["digest"] != agreed["digest"]
    assert any("Post hoc" in reason for v in view.verdicts for reason in v.reasons)
    assert "Post hoc" in (out / "report.html").read_text()
    plans = [read_plan_file(out / n) for n in ("evaluation_plan.yaml", "results.json")]
    assert {plan.digest for plan in plans} == {entry["digest"]}


async def test_a_higher_minimum_is_agreed_and_reaches_cards_workers_and_results(
    runner: Runner, clinic_csv: Path, tmp_path: Path, approve: Any
) -> None:
    with pytest.raises(InputError, match="At least 10 people stand behind every number"):
        await runner.start([clinic_csv], ASKED.model_copy(update={"min_cell": 9}))
    asked = ASKED.model_copy(update={"include": ("cart",), "min_cell": 90, "protected": ("site",)})
    view = await runner.start([clinic_csv], asked, seed=5, unattended=True)
    view = await approve(runner, view, "intent")
    assert view.proposal is not None and "min_cell" in view.proposal.editable
    assert any("has 90 of them or more behind it" in line for line in view.proposal.lines)
    assert view.proposal.evaluation_plan["plan"]["min_cell"] == 90
    view = await approve(runner, view, None)
    out = tmp_path / "out"
    await runner.export(view.session, out)
    results = json.loads((out / "results.json").read_text())
    assert results["evaluation_plan"]["plan"]["min_cell"] == 90
    assert "<td>90 or more</td>" in (out / "report.html").read_text()
    sizes = results["data"]
    assert (sizes["rows"], sizes["train"], sizes["validation"]) == (400, 215, 0)  # of some 25
    shown = pd.read_csv(next(out.rglob("marginals__cart-1.csv")))
    people = shown.real[shown.real > 0] * sizes["train"]
    assert set(shown.column) > {"age", "site"} and people.min() > 90 - 2.5
