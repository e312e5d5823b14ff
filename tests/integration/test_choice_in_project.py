"""A project that leaves the choice of the generator open: approval, the search, what it left."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.records import Plan
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.jobs import JobRunner
from synthcraft.tools.report.words import duration

Approve = Callable[..., Awaitable[SessionView]]
ENGINES = ("cart", "bayesian_network", "marginal_distributions")
ASKED = Changes(
    target="stroke", include=ENGINES, choose=True, preset="quick", tier="quick", budget_minutes=5
)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The generator of every fit that is asked for."""
    seen: list[str] = []
    real = JobRunner.run

    async def run(self: JobRunner, spec: JobSpec, *more: Any, **named: Any) -> Any:
        if spec.kind == "generate":
            seen.append(spec.params["generator"])
        return await real(self, spec, *more, **named)

    monkeypatch.setattr(JobRunner, "run", run)
    return seen


async def test_a_person_approves_what_may_run_and_one_engine_is_kept(
    runner: Runner, clinic_csv: Path, tmp_path: Path, trained: list[str], approve: Approve
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=11, unattended=True)
    view = await approve(runner, view, "parameters")
    card = view.proposal
    assert card is not None and not trained
    assert [row["generator"] for row in card.table] == list(ENGINES)
    assert all(row["parameters"] and row["claim level"] for row in card.table)
    assert f"{duration(300)} together at most" in " ".join(card.lines)

    sooner = Answer(verdict="revise", actor="Dr Test", changes=Changes(budget_minutes=4))
    view = await runner.answer(view.session, view.interrupt_id or "", sooner)
    view = await approve(runner, view, "parameters")
    assert view.proposal and view.proposal.digest != card.digest and not trained

    assert view.choice and "keeps the best one" in view.choice.why  # not "runs a fast generator"
    view = await approve(runner, view)
    assert view.status == "finished"
    await runner.export(view.session, tmp_path / "out")
    results = json.loads((tmp_path / "out/results.json").read_text())
    choice, (kept,) = results["choice"], results["candidates"]
    assert kept["generator"] == choice["chosen"] and kept["sha256"] == choice["run"]["sha256"]
    qualities = {run["generator"]: run["quality"] for run in choice["runs"]}
    assert (
        set(trained) == set(qualities) and max(qualities.values()) == qualities[kept["generator"]]
    )
    assert choice["approved_by"] == "Dr Test" and choice["budget_minutes"] == 4
    assert 0 < choice["minutes"] <= choice["minutes_of_all"]

    report = (tmp_path / "out/report.html").read_text()
    assert "How the generator was chosen" in report
    assert all(run["generator"] in report for run in choice["runs"])
    repeated = Plan.model_validate_json((tmp_path / "out/plan.json").read_text())
    assert [g.id for g in repeated.generators] == [kept["id"]] and not repeated.choose


async def test_typed_words_at_the_card_leave_the_choice_open(
    runner: Runner, clinic_csv: Path, trained: list[str], approve: Approve
) -> None:
    asked = ASKED.model_copy(update={"choose": None})
    view = await approve(runner, await runner.start([clinic_csv], asked, seed=11), "parameters")
    turn = await runner.understand(view.session, "pick the best one for me within 3 minutes")
    answer = Answer(verdict="revise", actor="Dr Test", changes=turn.changes())
    assert turn.clarification is None and turn.verdict() == "revise"
    view = await runner.answer(view.session, view.interrupt_id or "", answer)
    view = await approve(runner, view, "parameters")
    assert view.plan.choose and view.plan.budget_minutes == 3 and not trained
    assert {g.generator for g in view.plan.generators} == set(ENGINES)


async def test_where_no_engine_fits_the_time_nothing_is_trained(
    runner: Runner, clinic_csv: Path, trained: list[str], approve: Approve
) -> None:
    short = ASKED.model_copy(update={"budget_minutes": 0.001})
    view = await runner.start([clinic_csv], short, seed=11, unattended=True)
    view = await approve(runner, view, "parameters")
    if view.waiting_for == "parameters":
        assert view.proposal and "do not fit" in str(view.proposal.table)
        view = await approve(runner, view)
    assert view.status == "failed" and not trained
