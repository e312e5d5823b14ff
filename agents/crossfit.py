"""Small-event mode: generators fitted anew without each fold, so that every event is used once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import minutes_left
from synthcraft.agents.tables import (
    full_schema,
    full_table,
    modelled,
    person_column,
    rng_for,
    seed_for,
)
from synthcraft.graph.records import ArtifactRef, Candidate, GeneratorPlan
from synthcraft.graph.state import RunState
from synthcraft.tools.folds import FOLD, FOLDS, assign_folds, people_of, strata_of
from synthcraft.tools.generators.budget import fits
from synthcraft.tools.job_places import all_ended
from synthcraft.tools.report.words import duration
from synthcraft.tools.requested import follow_up_of

WANTED_EVENTS = 50


@dataclass(frozen=True)
class Refits:
    """What generators that were fitted anew bring to an evaluation, or why they were not."""

    inputs: dict[str, str] = field(default_factory=dict)
    missing: str = ""
    seconds: float = 0.0
    said: str = ""
    """What was fitted, in a sentence."""


def events_held_back(state: RunState, tools: Toolbox) -> int | None:
    """Held-back rows of the rarer outcome; None where there are not two of them."""
    plan = state["plan"]
    if plan.target is None or plan.task != "classification":
        return None
    train, held = (tools.store.read_frame(state["refs"][p].sha256) for p in ("train", "holdout"))
    levels = train[plan.target].dropna().unique()
    counts = held[plan.target].value_counts().reindex(levels, fill_value=0)
    return int(counts.min()) if len(levels) == 2 else None


async def small_events(state: RunState, tools: Toolbox) -> int | None:
    """The number of held-back events where it is too small to judge prediction by."""
    events = await asyncio.to_thread(events_held_back, state, tools)
    return events if events is not None and events < WANTED_EVENTS else None


def refit_seconds(engine: Candidate | GeneratorPlan, state: RunState) -> float:
    """Predicted seconds for all folds of one generator, one after the other."""
    from synthcraft.tools.generators.catalogue import find

    split = state["split"]
    rows = round((split.train + split.validation + split.holdout) * (1 - 1 / FOLDS))
    return FOLDS * find(engine.generator).seconds(rows, state["source"].columns, engine.params)


async def cost_lines(state: RunState, tools: Toolbox) -> list[str]:
    """What small-event mode will cost, for the card at which training is approved."""
    plan = state["plan"]
    events = await small_events(state, tools)
    if events is None or plan.preset == "quick" or plan.tier == "quick":
        return []
    together = sum(refit_seconds(g, state) for g in plan.generators)
    return [
        f"Under {WANTED_EVENTS} of the people held back have the rarer outcome. If prediction is "
        f"evaluated, each generator is fitted {FOLDS} more times, each time without a fifth of the "
        f"people: about {duration(together)} together, if the time limit allows."
    ]


async def refits(candidates: list[Candidate], state: RunState, tools: Toolbox) -> dict[str, Refits]:
    """Candidate -> its generator fitted without each fold, as far as the time limit reaches.

    Nothing where enough events were held back.
    """
    if await small_events(state, tools) is None:
        return {}
    plan = state["plan"]
    if plan.preset == "quick" or plan.tier == "quick":
        reason = "A quick evaluation leaves out fitting the generators again."
        return {c.id: Refits(missing=reason) for c in candidates}
    refs = await asyncio.to_thread(fold_tables, state, tools)
    found: dict[str, Refits] = {}
    left = minutes_left(state)
    for candidate in candidates:
        seconds = refit_seconds(candidate, state)
        if not fits(seconds, left):
            reason = (
                f"Fitting {candidate.generator} {FOLDS} more times would take about "
                f"{duration(seconds)}, and {duration(60 * max(left, 0.0))} of the time limit "
                "are left."
            )
            found[candidate.id] = Refits(missing=reason)
            continue
        tools.emit(f"fitting it {FOLDS} more times: about {duration(seconds)}", None, candidate.id)
        found[candidate.id] = await _refit(candidate, refs, state, tools, 60 * left)
        left -= found[candidate.id].seconds / 60
    return found


async def _refit(
    candidate: Candidate,
    refs: dict[str, ArtifactRef],
    state: RunState,
    tools: Toolbox,
    at_most_s: float,
) -> Refits:
    params: dict[str, Any] = {
        "generator": candidate.generator,
        "params": candidate.params,
        "rows": state["plan"].rows,
        "where": candidate.where,
        **follow_up_of(candidate.generator, state["plan"]),
    }
    schema = state["refs"]["model_schema"].sha256
    before = tools.minutes_worked
    done = await all_ended(
        tools.run_job(
            "generate",
            params,
            {"train": refs[f"fold_{k}"].sha256, "schema": schema},
            seed_for(state, "crossfit", candidate.id, k),
            f"{candidate.id} · fold {k + 1} of {FOLDS}",
            at_most_s=at_most_s,
        )
        for k in range(FOLDS)
    )
    seconds = 60 * (tools.minutes_worked - before)
    for k, result in enumerate(done):
        if result.status != "ok":
            reason = f"Without fold {k + 1} the generator gave no data: {result.message}"
            return Refits(missing=reason, seconds=seconds)
    made = {f"fold_{k}": r.outputs["synthetic"].sha256 for k, r in enumerate(done)}
    return Refits({"folds": refs["folds"].sha256} | made, seconds=seconds)


def fold_tables(state: RunState, tools: Toolbox) -> dict[str, ArtifactRef]:
    """The whole table with its folds, and the table without each fold; frozen in the store."""
    plan, whole = state["plan"], full_table(state, tools)
    table = whole[list(modelled(full_schema(state, tools), plan).names)]
    named = person_column(whole, plan)
    people = None if named is None else people_of(whole[named])
    fold = assign_folds(strata_of(table[plan.target]), FOLDS, rng_for(state, "folds"), people)
    put = tools.store.put_frame
    refs = {
        f"fold_{k}": put(table[fold != k].reset_index(drop=True), "table", "folds")
        for k in range(FOLDS)
    }
    return refs | {"folds": put(table.assign(**{FOLD: fold}), "table", "folds")}
