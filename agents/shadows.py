"""Generators trained anew on halves of all people, as an attacker would train them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import minutes_left
from synthcraft.agents.crossfit import Refits
from synthcraft.agents.fitting import job_of
from synthcraft.agents.tables import rng_for, seed_for
from synthcraft.graph.records import Candidate, GeneratorPlan
from synthcraft.graph.state import RunState
from synthcraft.tools.job_places import all_ended
from synthcraft.tools.privacy.shadow_engine import (
    ShadowEngine,
    first_that_fits,
    no_time,
    own,
    stand_in,
)
from synthcraft.tools.privacy.shadow_halves import SHADOWS, draw_halves, tables_of
from synthcraft.tools.report.words import duration

_NO_PEOPLE = (
    "Which rows belong to one person was not kept when this project was split; a new project "
    "keeps it."
)


def _seconds(engine: Candidate | GeneratorPlan, state: RunState) -> float:
    """Seconds of one fit: as it was measured where it was, else as predicted."""
    from synthcraft.tools.generators.catalogue import find

    predicted = find(engine.generator).seconds(
        state["split"].train, state["source"].columns, engine.params
    )
    return engine.seconds or predicted


def _engines(engine: Candidate | GeneratorPlan, state: RunState) -> list[ShadowEngine]:
    """What could be trained, the best first."""
    seconds, split = _seconds(engine, state), state["split"]
    best = own(engine.generator, engine.params, seconds, SHADOWS)
    why = f"{SHADOWS} fits of {engine.generator} would take about {duration(best.seconds)}"
    half = (split.train + split.holdout) // 2
    return [best, stand_in(half, state["source"].columns, SHADOWS, why)]


def cost_lines(state: RunState) -> list[str]:
    """What shadow models will cost, for the card at which training is approved."""
    plan = state["plan"]
    if plan.tier != "publication" or not plan.generators:
        return []
    together = sum(_engines(g, state)[0].seconds for g in plan.generators)
    return [
        f"At the publication tier an attacker is played who trains generators: each is fitted "
        f"{SHADOWS} more times on halves of the people, about {duration(together)} together. "
        "Where the time limit is too short, sequential CART stands in, or it is said that "
        "nothing was tried."
    ]


async def shadows(
    candidates: list[Candidate], state: RunState, tools: Toolbox
) -> dict[str, Refits]:
    """Candidate -> what was trained on each half, as far as the time limit reaches.

    Nothing below the publication tier. Candidates with one stand-in share its fits.
    """
    if state["plan"].tier != "publication":
        return {}
    if "people" not in state["refs"]:
        return {c.id: Refits(missing=_NO_PEOPLE) for c in candidates}
    stored: dict[str, str] = {}
    found: dict[str, Refits] = {}
    left = minutes_left(state)
    for candidate in candidates:
        engines = _engines(candidate, state)
        engine = first_that_fits(engines, left)
        if engine is None:
            found[candidate.id] = Refits(missing=no_time(engines[-1], left))
            continue
        stored = stored or await asyncio.to_thread(_halves, state, tools)
        words = f"training {engine.generator} on {SHADOWS} halves: about {duration(engine.seconds)}"
        tools.emit(words, None, candidate.id)
        found[candidate.id] = await _train(candidate, engine, stored, state, tools, 60 * left)
        left -= found[candidate.id].seconds / 60
    return found


async def _train(
    candidate: Candidate,
    engine: ShadowEngine,
    stored: dict[str, str],
    state: RunState,
    tools: Toolbox,
    at_most_s: float,
) -> Refits:
    params, inputs = job_of(candidate, state)
    params |= {"generator": engine.generator, "params": engine.params}
    before = tools.minutes_worked

    async def fit(number: int) -> tuple[str, str]:
        """SHA-256 of the table, or why there is none."""
        done = await tools.run_job(
            "generate",
            params,
            inputs | {"train": stored[f"half_{number}"]},
            seed_for(state, "shadow", number),
            f"{candidate.id} · half {number + 1} of {SHADOWS}",
            at_most_s=at_most_s,
        )
        return (done.outputs["synthetic"].sha256, "") if done.status == "ok" else ("", done.message)

    made: list[tuple[str, str]] = []
    with suppress(TimeoutError):
        async with tools.jobs.worked.at_most(at_most_s):
            made = await all_ended(map(fit, range(SHADOWS)))
    seconds = 60 * (tools.minutes_worked - before)
    if not made:
        missing = f"Training {engine.generator} on halves was stopped when the time was used up."
        return Refits(missing=missing, seconds=seconds)
    for number, (sha256, message) in enumerate(made):
        if not sha256:
            missing = f"On half {number + 1} {engine.generator} gave no data: {message}"
            return Refits(missing=missing, seconds=seconds)
    tables = {f"shadow_{number}": sha256 for number, (sha256, _) in enumerate(made)}
    return Refits({"halves": stored["halves"]} | tables, seconds=seconds, said=engine.said)


def _halves(state: RunState, tools: Toolbox) -> dict[str, str]:
    """SHA-256 of who is in which half, and of the rows of each; frozen in the store."""
    read, put = tools.store.read_frame, tools.store.put_frame
    train, holdout, people = (
        read(state["refs"][name].sha256) for name in ("train", "holdout", "people")
    )
    halves = draw_halves(people["person"].to_numpy(), SHADOWS, rng_for(state, "halves"))
    stored: dict[str, Any] = {"halves": halves.frame}
    stored |= {f"half_{i}": t for i, t in enumerate(tables_of(train, holdout, halves))}
    return {name: put(frame, "table", "shadows").sha256 for name, frame in stored.items()}
