"""Carry out one step, or take what an earlier call left; whatever happens becomes a record."""

from __future__ import annotations

import asyncio
import time

from synthcraft.evals.case.clock import Clock
from synthcraft.evals.case.records import Done
from synthcraft.evals.case.steps import Step
from synthcraft.tools.compare.evaluate import Workplace
from synthcraft.tools.job_records import JobResult, finished


async def execute(step: Step, place: Workplace, clock: Clock) -> tuple[Done, JobResult | None]:
    """The step's record, and its result where there is one."""
    kept = await asyncio.to_thread(finished, place.home, place.store, step.spec.key)
    if kept is not None:
        place.tell(f"{step.name}: there from before")
        return _done(step, kept), kept
    if why := clock.refuses(step.seconds):
        place.tell(f"{step.name}: not run, {why}")
        return _record(step, status="not run", message=why), None
    began = time.monotonic()
    result = await place.jobs.run(step.spec, lambda progress: place.listen(step.name, progress))
    clock.took(step.seconds, time.monotonic() - began)
    place.tell(f"{step.name}: {'done' if result.status == 'ok' else result.message}")
    return _done(step, result), result if result.status == "ok" else None


def _done(step: Step, result: JobResult) -> Done:
    return _record(
        step,
        status="ok" if result.status == "ok" else "failed",
        seconds=round(result.seconds, 1),
        cached=result.cached,
        message=result.message,
    )


def _record(step: Step, **ending: object) -> Done:
    about = {"name": step.name, "about": step.about, "mode": step.mode, "predicted": step.seconds}
    return Done.model_validate(about | ending)
