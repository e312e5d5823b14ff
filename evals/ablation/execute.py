"""Execute: one run of a system on a bench, and nothing else."""

from __future__ import annotations

from time import perf_counter

from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.models import EndpointError
from synthcraft.evals.ablation.records import Trace, shortened
from synthcraft.evals.ablation.referee import quality
from synthcraft.evals.ablation.systems import System


async def execute(system: System, bench: Bench) -> Trace:
    """The trace of one run; an endpoint that fails is told apart from a task that fails."""
    began = perf_counter()
    try:
        ending = await system.run(bench)
    except EndpointError as error:
        return _trace(system, bench, None, str(error), perf_counter() - began)
    seconds = perf_counter() - began
    trace = _trace(system, bench, ending, ending.message, seconds)
    return trace.model_copy(update={"quality": await quality(bench, ending)})


def _trace(
    system: System, bench: Bench, ending: Ending | None, message: str, seconds: float
) -> Trace:
    made = [c for c in ending.candidates if c.status == "ok"] if ending else []
    return Trace(
        system=system.name,
        model=bench.model.name if bench.model else "",
        emulated=bench.model is not None and bench.model.emulated,
        task=bench.task.name,
        seed=bench.seed,
        ended=ending.ended if ending else "infrastructure",
        message=shortened(message),
        target=(ending.plan.target or "") if ending else "",
        tables=len(made),
        strict=ending is not None and ending.plan.use_case == "privacy",
        seconds=round(seconds, 2),
        steps=tuple(bench.steps),
    )
