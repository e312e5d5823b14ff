"""Costly generators run for a moment before a person is asked: measurements replace guesses."""

from __future__ import annotations

import math
from dataclasses import replace

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import minutes_left
from synthcraft.agents.fitting import job_of
from synthcraft.graph.records import GeneratorPlan, Plan
from synthcraft.graph.state import RunState
from synthcraft.tools.job_records import JobResult
from synthcraft.tools.report.words import duration

COSTLY_S = 60.0
"""By the catalogue; below it a pilot would cost more than it tells."""


async def piloted(state: RunState, tools: Toolbox) -> tuple[Plan, tuple[str, ...]]:
    """The plan with what pilots measured, and a line for the card about each pilot."""
    engines, lines = [], []
    tried = [engine.id for engine in state["plan"].generators if _costly(engine, state)]
    for engine in state["plan"].generators:
        if engine.id in tried:
            place = f"{tried.index(engine.id) + 1} of {len(tried)}"
            result = await _pilot(engine, state, tools, place)
            engine, line = _seen(engine, result, minutes_left(state), tools.memory_mb)
            lines.append(f"{engine.generator}: {line}")
        engines.append(engine)
    return state["plan"].model_copy(update={"generators": tuple(engines)}), tuple(lines)


def _costly(engine: GeneratorPlan, state: RunState) -> bool:
    """By the catalogue, not by the plan, in which an earlier pilot may have left its figure."""
    from synthcraft.tools.generators.catalogue import find

    rows, columns = state["split"].train, state["source"].columns
    return find(engine.generator).seconds(rows, columns, engine.params) > COSTLY_S


async def _pilot(engine: GeneratorPlan, state: RunState, tools: Toolbox, place: str) -> JobResult:
    """Run one pilot, its progress told with its place among all of them."""

    def told(text: str, fraction: float | None, subject: str) -> None:
        tools.emit(f"trial {place}, {text}", fraction, subject)

    params, inputs = job_of(engine, state)
    why = "to see what its training will take"
    tools.emit(f"Tries {engine.generator} for a moment ({place}), {why}.", None, engine.id)
    told("starting", 0.0, engine.id)
    result = await replace(tools, emit=told).run_job(
        "pilot", params, inputs, engine.seed, engine.id
    )
    told("done", 1.0, engine.id)
    return result


def _seen(
    engine: GeneratorPlan, result: JobResult, minutes: float, memory_mb: float
) -> tuple[GeneratorPlan, str]:
    """The engine with the figures of its pilot, and what is said of them."""
    from synthcraft.tools.generators.prediction import prediction_of, refusal

    if result.status == "memory":
        larger = engine.model_copy(update={"memory_mb": math.ceil(max(result.peak_mb, memory_mb))})
        return larger, (
            f"its pilot already needed more than the {memory_mb:,.0f} MB that a job may have. "
            "Choose smaller parameters or another generator, or raise SYNTHCRAFT_MEMORY_MB."
        )
    if result.status != "ok":
        return engine, f"its pilot gave nothing, the catalogue's figures stand. {result.message}"
    found = prediction_of(result.info)
    measured = engine.model_copy(update={"seconds": found.seconds, "memory_mb": found.memory_mb})
    said = (
        f"a pilot ({found.basis}) predicts {duration(found.seconds)} (between "
        f"{duration(found.low)} and {duration(found.high)}) and {found.memory_mb:,.0f} MB."
    )
    return measured, f"{said} {refusal(found, minutes, memory_mb)}".strip()
