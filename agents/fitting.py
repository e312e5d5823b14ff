"""Training within the time limit: what may start, what is ended, and the record of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from synthcraft.agents.base import Toolbox
from synthcraft.agents.context import minutes_left
from synthcraft.agents.tables import rows_to_make
from synthcraft.graph.records import ArtifactRef, Candidate, GeneratorPlan, Plan, Split
from synthcraft.graph.state import RunState
from synthcraft.tools.generators.budget import fits
from synthcraft.tools.job_records import JobResult
from synthcraft.tools.report.words import duration, setting
from synthcraft.tools.requested import follow_up_of
from synthcraft.tools.seeds import child_seed

TRAINED = {"train": "train", "schema": "model_schema"}
"""Inputs of a fit, each with the name of its artefact."""
SCORED = TRAINED | {"validation": "validation"}
"""Inputs of a first look."""


def within(
    engines: Sequence[GeneratorPlan], minutes: float
) -> tuple[list[GeneratorPlan], list[GeneratorPlan]]:
    """The engines that fit into the time that is left, one after the other, and the rest."""
    started: list[GeneratorPlan] = []
    rest: list[GeneratorPlan] = []
    for engine in engines:
        together = sum(g.seconds for g in started) + engine.seconds
        (started if fits(together, minutes) else rest).append(engine)
    return started, rest


def too_long(state: RunState) -> list[GeneratorPlan]:
    """Engines of the plan that would each take longer than is left; a search says it itself."""
    if state["plan"].choose:
        return []
    return [g for g in state["plan"].generators if not fits(g.seconds, minutes_left(state))]


def row_of(engine: GeneratorPlan, seconds: float) -> dict[str, str]:
    """The line of an engine in the table that a person approves."""
    parameters = ", ".join(f"{name} = {setting(value)}" for name, value in engine.params.items())
    return {
        "generator": engine.generator,
        "parameters": parameters or "none",
        "claim level": engine.claim_level,
        "predicted time": duration(seconds),
        "predicted memory": f"{engine.memory_mb:,.0f} MB",
    }


def not_started(engine: GeneratorPlan, state: RunState, seconds_before: float = 0.0) -> Candidate:
    """The record of an engine for which there is no time, after others that take so long."""
    message = f"not started: {why(engine, state, seconds_before)}"
    return _candidate(engine, state, status="refused", message=message)


def not_admitted(engine: GeneratorPlan, state: RunState) -> Candidate:
    """The record of an engine without the guarantee that strict privacy asks for."""
    message = f"not started: privacy is strict, and its claim level is: {engine.claim_level}."
    return _candidate(engine, state, status="refused", message=message)


def not_run(engine: GeneratorPlan, state: RunState, message: str) -> Candidate:
    """The record of an engine whose run in a search gave nothing."""
    return _candidate(engine, state, status="failed", message=message)


def why(engine: GeneratorPlan, state: RunState, seconds_before: float = 0.0) -> str:
    """Why there is no time for an engine."""
    return no_time(engine.seconds, 60 * minutes_left(state) - seconds_before)


def no_time(seconds: float, left_s: float) -> str:
    """That something takes longer than is left."""
    left = duration(max(left_s, 0.0))
    return f"it would take about {duration(seconds)}, and {left} of the time limit are left."


def job_of(
    engine: GeneratorPlan | Candidate, state: RunState
) -> tuple[dict[str, Any], dict[str, str]]:
    """Params and inputs of the job that trains an engine, or trains it again."""
    return params_of(engine, state["plan"], state["split"]), hashes(state["refs"], TRAINED)


def params_of(engine: GeneratorPlan | Candidate, plan: Plan, split: Split) -> dict[str, Any]:
    """Params of the job that trains an engine."""
    return {
        "generator": engine.generator,
        "params": engine.params,
        "rows": rows_to_make(plan, split),
        "where": engine.where,
        **follow_up_of(engine.generator, plan),
    }


def hashes(refs: Mapping[str, ArtifactRef], inputs: Mapping[str, str]) -> dict[str, str]:
    """Inputs of a job by name, from the names of the artefacts."""
    return {name: refs[ref].sha256 for name, ref in inputs.items()}


async def fit(engine: GeneratorPlan, state: RunState, tools: Toolbox) -> Candidate:
    """Train one engine in a child process; whatever happens there becomes a record."""
    left = 60 * minutes_left(state)
    params, inputs = job_of(engine, state)
    result = await tools.run_job("generate", params, inputs, engine.seed, engine.id, at_most_s=left)
    ok = result.status == "ok"
    info = result.info
    message = result.message
    if result.status == "timeout" and left < tools.job_timeout_s:
        message = f"stopped after {duration(left)}, when the time limit was used up."
    sha256 = result.outputs["synthetic"].sha256 if ok else ""
    return _candidate(
        engine,
        state,
        rows=int(info.get("rows", 0)),
        sha256=sha256,
        quality=await _quality(sha256, state, tools) if ok and not engine.where else None,
        seconds=round(result.seconds, 1),
        peak_mb=round(result.peak_mb),
        status=ending_of(result),
        message=message,
        cached=result.cached,
        repaired_cells=int(info.get("repaired_cells", 0)),
        repaired=info.get("repaired", {}),
        acceptance=info.get("acceptance"),
    )


def ending_of(result: JobResult) -> Literal["ok", "cancelled", "failed"]:
    """How a record says that a job ended."""
    return result.status if result.status in ("ok", "cancelled") else "failed"


async def _quality(sha256: str, state: RunState, tools: Toolbox) -> float | None:
    """How good the table is on the validation rows; None where that cannot be had."""
    done = await scored(sha256, state["plan"], state["refs"], state["seed"], tools)
    found: float | None = done.info.get("quality") if done.status == "ok" else None
    return found


async def scored(
    sha256: str, plan: Plan, refs: Mapping[str, ArtifactRef], seed: int, tools: Toolbox
) -> JobResult:
    """The job that looks at a synthetic table beside the validation rows."""
    params, inputs = look(sha256, plan, refs)
    return await tools.run_job("score", params, inputs, child_seed(seed, "score"), "first look")


def look(
    sha256: str, plan: Plan, refs: Mapping[str, ArtifactRef]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Params and inputs of that job."""
    params = {
        "use_case": plan.use_case,
        "target": plan.target,
        "task": plan.task,
        "time_column": plan.time_column,
        "protected": list(plan.protected),
    }
    return params, hashes(refs, SCORED) | {"synthetic": sha256}


def _candidate(engine: GeneratorPlan, state: RunState, **result: Any) -> Candidate:
    """The record of an engine with what came of it."""
    return Candidate(
        id=engine.id,
        generator=engine.generator,
        params=engine.params,
        where=engine.where,
        claim_level=engine.claim_level,
        seed=engine.seed,
        predicted_seconds=engine.seconds,
        round=state.get("round", 0),
        **result,
    )


def recorded(candidate: Candidate, state: RunState) -> GeneratorPlan:
    """The plan of an engine that has run, as it can be run again."""
    from synthcraft.tools.generators.catalogue import find

    spec = find(candidate.generator)
    rows, columns = state["split"].train, state["source"].columns
    seconds = candidate.predicted_seconds  # what was said to the person, by a pilot or not
    return GeneratorPlan(
        id=candidate.id,
        generator=candidate.generator,
        params=candidate.params,
        where=candidate.where,
        claim_level=candidate.claim_level,
        reason="as recorded",
        group=spec.group,
        seconds=spec.seconds(rows, columns, candidate.params) if seconds is None else seconds,
        memory_mb=spec.memory_mb(rows, columns, candidate.params),
        seed=candidate.seed,
    )
