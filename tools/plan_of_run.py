"""The evaluation plan of a project: what was agreed at its gates, in the form of a plan file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from synthcraft.graph.records import KEPT_OUT, Plan
from synthcraft.tools.amendments import Amendment, changed_fields
from synthcraft.tools.audit import Entry
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.plan_file import EvaluationPlan, PlanRoles, PlanSplit, Replicates, Seeds


def evaluation_plan(plan: Plan, split_seed: int, evaluation_seed: int) -> EvaluationPlan:
    """What a project's files are measured by; generators and their parameters do not touch it.

    How often each generator is fitted does: it decides what a result can say.
    """
    ignored = tuple(name for name, role in plan.roles.items() if role in KEPT_OUT)
    limits = default_thresholds(plan.use_case)

    def kept(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in ignored)

    return EvaluationPlan(
        use_case=plan.use_case,
        roles=PlanRoles(
            target=plan.target,
            task=plan.task if plan.target is not None else None,
            time=plan.time_column if plan.target is not None else None,
            quasi=kept(plan.quasi_identifiers),
            sensitive=kept(plan.sensitive),
            protected=kept(plan.protected),
            ignored=ignored,
        ),
        tier=plan.tier,
        split=PlanSplit(seed=split_seed),
        replicates=Replicates(fits=plan.replicates),
        risk_threshold=plan.risk_threshold,
        bands=plan.bands,
        min_cell=plan.min_cell or MIN_CELL,
        thresholds={name: limit for name, limit in plan.thresholds.items() if name in limits},
        seeds=Seeds(evaluation=evaluation_seed),
    )


def agreed(lineage: Iterable[Entry]) -> dict[str, str]:
    """Who approved the newest plan and when: `digest`, `actor`, `at`; empty if nobody has yet."""
    found: dict[str, str] = {}
    shown = ""
    for body in (entry.body for entry in lineage):
        shown = str(_plan_of(body).get("digest", shown))
        approves = body.get("kind") == "approval" and body.get("verdict") == "approve"
        here = approves and body.get("gate") in ("intent", "evaluation")
        if here and shown and found.get("digest") != shown:
            found = {"digest": shown, "actor": str(body["actor"]), "at": str(body["at"])}
    return found


def amendments(
    lineage: Sequence[Entry], everything: Sequence[Entry], now: EvaluationPlan
) -> tuple[Amendment, ...]:
    """Changes of the plan on this branch after results existed on any branch.

    Going back to before the evaluation does not make results unseen. `now` is the plan as it
    stands, shown to people or not yet.
    """
    first = min((e.seq for e in everything if _has_results(e.body)), default=None)
    if first is None:
        return ()
    shown = [(e.seq, str(e.body["at"]), _plan_of(e.body)) for e in lineage if _plan_of(e.body)]
    after_all = max(e.seq for e in everything) + 1
    shown.append((after_all, str(lineage[-1].body["at"]), now.agreement()))
    return tuple(
        Amendment(
            at=at,
            fields=changed_fields(before["plan"], after["plan"]),
            actor=_actor(lineage, seq),
            before=before["digest"],
            after=after["digest"],
        )
        for (_, _, before), (seq, at, after) in pairwise(shown)
        if before["digest"] != after["digest"] and seq > first
    )


def _actor(lineage: Sequence[Entry], seq: int) -> str:
    """Who spoke last before an entry."""
    spoke = [e.body["actor"] for e in lineage if e.seq < seq and e.body.get("kind") == "approval"]
    return str(spoke[-1]) if spoke else ""


def _plan_of(body: dict[str, Any]) -> dict[str, Any]:
    """The evaluation plan that an entry puts before people; empty if it puts none."""
    return dict(body.get("evaluation_plan") or {})


def _has_results(body: dict[str, Any]) -> bool:
    measured = str(body.get("action", "")).startswith("pick_")
    return body.get("kind") == "feedback" and measured and body.get("outcome") == "ok"
