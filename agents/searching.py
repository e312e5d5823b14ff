"""The choice of a generator inside a project: what may be tried, the search, and what it left."""

from __future__ import annotations

from typing import Any

from synthcraft.agents.base import Toolbox
from synthcraft.agents.choice import choice_of
from synthcraft.agents.choosing import Prepared, arms, prepared
from synthcraft.agents.context import minutes_left
from synthcraft.agents.fitting import fit, not_run, row_of
from synthcraft.agents.learnt import learnt_of_generators
from synthcraft.agents.tables import full_schema, modelled, rng_for
from synthcraft.agents.trials import Trials
from synthcraft.graph.records import ArtifactRef, Candidate, GeneratorPlan, Plan
from synthcraft.graph.state import RunState
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.generators.choice_record import Choice, by_reason
from synthcraft.tools.generators.search import open_arms
from synthcraft.tools.report.words import duration
from synthcraft.tools.requested import needs_guarantee

REF = "choice"
"""Artefact of the record of the search."""


def searchable(state: RunState, plan: Plan, rows: int, tools: Toolbox) -> tuple[GeneratorPlan, ...]:
    """Every engine that may be tried, all under the one action that runs the search."""
    flags, seed, number = state["flags"], state["seed"], state.get("round", 0) + 1
    group = "gen_dp" if needs_guarantee(plan, flags) else "gen_fast"
    found = arms(plan, flags, rows, state["source"].columns, seed, tools, number)
    return tuple(engine.model_copy(update={"group": group}) for engine in found)


def ready_for(state: RunState, tools: Toolbox) -> Prepared:
    """The search as it would begin now."""
    plan, columns = state["plan"], modelled(full_schema(state, tools), state["plan"]).columns
    split, seed, left = state["split"], state["seed"], minutes_left(state)
    refs = state["refs"]
    return prepared(plan, state["flags"], refs, split, len(columns), seed, tools, left)


async def search(state: RunState, tools: Toolbox) -> tuple[list[Candidate], ArtifactRef, Choice]:
    """Run what promises most until no further run is worth its time; keep the best one.

    Returns:
        The chosen candidate, or the runs that gave nothing where none did; and the record.
    """
    from synthcraft.tools.generators.hunt import hunt
    from synthcraft.tools.generators.quality import QualityModel

    ready = ready_for(state, tools)
    trials = Trials(ready, tools)
    model = QualityModel.of_catalogue(learnt_of_generators(state, tools))
    rng = rng_for(state, "choose", state.get("round", 0))
    found = await hunt(ready.search, model, rng, trials, short_runs=ready.short_runs)
    choice = choice_of(found, trials, file=state["source"].name, **_approved(state))
    ref = tools.store.put_json(choice.model_dump(mode="json"), "choice", "generation")
    engines = {engine.generator: engine for engine in state["plan"].generators}
    if choice.run is None:
        failed = [run for run in trials.runs if run.share == 1]
        return [not_run(engines[r.generator], state, r.message) for r in failed], ref, choice
    made = await fit(engines[choice.run.generator], state, tools)  # its run is there already
    return [made.model_copy(update={"cached": choice.run.cached})], ref, choice


def choice_made(state: RunState, store: ArtifactStore) -> Choice | None:
    """The record of the search of this project, if there was one."""
    ref = state.get("refs", {}).get(REF)
    return Choice.model_validate(store.read_json(ref.sha256)) if ref else None


def told(choice: Choice) -> list[str]:
    """What the person reads of a choice: the result, how it came about, what was dropped."""
    dropped = [f"{', '.join(names)}: {why}" for why, names in choice.dropped.items()]
    return [choice.result, *choice.steps, *dropped, choice.time]


def card(ready: Prepared) -> tuple[list[str], tuple[dict[str, str], ...]]:
    """Sentences and the table of everything that might be trained, for the approval."""
    search = ready.search
    _, dropped = open_arms(search)
    minutes = {arm.name: arm.minutes for arm in search.arms}
    rows = tuple(
        row_of(engine, 60 * minutes[engine.generator])
        | {"may run": dropped.get(engine.generator, "yes")}
        for engine in ready.plan.generators
    )
    lines = [
        "I run few of these, one choice after the other: first what promises most, then only what "
        f"is likely to be better, for {duration(60 * search.minutes)} together at most.",
        f"Each learns from {ready.split.train:,} rows and is scored on {ready.split.validation:,} "
        f"other rows; the {ready.split.holdout:,} rows that are set aside choose nothing. "
        "The best one's table is kept, and you see why the others were dropped.",
    ]
    barred = by_reason({arm.name: arm.barred for arm in search.arms if arm.barred})
    lines += [f"Left out: {', '.join(names)}: {why}." for why, names in barred.items()]
    return lines, rows


def _approved(state: RunState) -> dict[str, Any]:
    """Who approved what is searched, and its digest."""
    agreed = [a for a in state["approvals"].values() if a.gate == "parameters"]
    last = [a for a in agreed if a.verdict == "approve"][-1]
    return {"approved_by": last.actor, "plan_digest": last.proposal_digest}
