"""The plan of a project, who agreed to it, and changes in knowledge of results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthcraft.graph.records import Plan
from synthcraft.tools.audit import AuditLog
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_of_run import agreed, amendments, evaluation_plan

PLAN = Plan(
    target="died", task="classification", protected=("sex",), quasi_identifiers=("age", "postcode"),
    roles={"patient": "identifier", "postcode": "drop", "died": "target"},
    thresholds={"fidelity.association": 0.04, "gone.metric": 1.0},
)  # fmt: skip


def planned(plan: Plan) -> EvaluationPlan:
    return evaluation_plan(plan, 11, 12)


class Story:
    """A log to which a project writes; `back` goes to an earlier entry."""

    def __init__(self, folder: Path) -> None:
        self.log, self.head = AuditLog(folder / "log.jsonl"), ""

    def add(self, kind: str, **body: Any) -> str:
        at = f"2026-01-01T00:00:{len(self.log.all()):02d}Z"
        self.head = self.log.append({"kind": kind, "at": at, **body}, self.head)
        return self.head

    def show(self, gate: str, plan: Plan) -> str:
        return self.add("proposal", gate=gate, evaluation_plan=planned(plan).agreement())

    def answer(self, gate: str, verdict: str = "approve") -> str:
        return self.add("approval", gate=gate, verdict=verdict, actor="ann")

    def measure(self) -> str:
        return self.add("feedback", action="pick_fidelity", outcome="ok")

    def changed(self, now: Plan) -> list[tuple[str, ...]]:
        found = amendments(self.log.lineage(self.head), self.log.all(), planned(now))
        return [a.fields for a in found]


def test_columns_that_no_generator_sees_are_left_out() -> None:
    plan = planned(PLAN)
    assert plan.roles.ignored == ("patient", "postcode") and plan.roles.quasi == ("age",)
    assert plan.thresholds == {"fidelity.association": 0.04}
    assert (plan.split.seed, plan.seeds.evaluation) == (11, 12)


def test_generators_do_not_touch_the_plan() -> None:
    other = PLAN.model_copy(update={"rows": 10, "preset": "quick", "metrics": ("utility",)})
    assert planned(other).digest == planned(PLAN).digest


def test_agreement_is_that_of_the_newest_plan(tmp_path: Path) -> None:
    story = Story(tmp_path)
    assert agreed([]) == {}
    story.show("intent", PLAN)
    assert agreed(story.log.lineage(story.head)) == {}
    story.answer("intent", "revise")
    stricter = PLAN.model_copy(update={"thresholds": {"fidelity.association": 0.01}})
    story.show("intent", stricter)
    story.answer("intent")
    found = agreed(story.log.lineage(story.head))
    assert found["digest"] == planned(stricter).digest and found["actor"] == "ann"


def test_changes_before_results_are_no_amendments(tmp_path: Path) -> None:
    story, tier = Story(tmp_path), PLAN.model_copy(update={"tier": "quick"})
    story.show("intent", PLAN)
    story.answer("intent", "revise")
    story.show("intent", tier)
    story.answer("intent")
    assert story.changed(tier) == []
    story.measure()
    assert story.changed(tier) == []


def test_a_change_after_results_is_one_at_once_and_stays(tmp_path: Path) -> None:
    story, looser = Story(tmp_path), PLAN.model_copy(update={"thresholds": {}})
    story.show("intent", PLAN)
    story.answer("intent")
    story.measure()
    story.show("evaluation", PLAN)
    story.answer("evaluation", "revise")
    assert story.changed(looser) == [("thresholds",)]
    story.show("intent", looser)
    story.answer("intent")
    assert story.changed(looser) == [("thresholds",)]
    found = amendments(story.log.lineage(story.head), story.log.all(), planned(looser))
    assert found[0].actor == "ann" and found[0].post_hoc and found[0].moves_limits
    assert "thresholds" in found[0].sentence() and "Post hoc" in found[0].sentence()


def test_going_back_does_not_make_results_unseen(tmp_path: Path) -> None:
    story, other = Story(tmp_path), PLAN.model_copy(update={"protected": ()})
    story.show("intent", PLAN)
    before = story.answer("intent")
    story.measure()
    story.head = before
    assert story.changed(PLAN) == []
    assert story.changed(other) == [("roles",)]


def test_more_or_less_measuring_moves_no_limit(tmp_path: Path) -> None:
    story, tier = Story(tmp_path), PLAN.model_copy(update={"tier": "publication"})
    story.show("intent", PLAN)
    story.measure()
    (found,) = amendments(story.log.lineage(story.head), story.log.all(), planned(tier))
    assert found.fields == ("tier",) and not found.moves_limits
