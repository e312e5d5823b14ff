"""The jobs of one run: the real ones through one cache, each noted and some made to fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from synthcraft.evals.ablation.faults import Fault, struck, timed_out
from synthcraft.evals.ablation.records import Step
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.job_records import JobResult, JobSpec, ProgressListener
from synthcraft.tools.jobs import JobRunner

QUICK = ("cart", "marginal_distributions", "uniform_sampler")
"""Generators that are really fitted here, beside those that a task names. Others count as stopped
at their time limit."""
PATIENCE_S = 600.0
"""Seconds that are counted for a fit that is not waited for, at most."""
Note = Callable[[Step], None]


def engine(name: str, params: object) -> str:
    """A generator with its parameters, as one word to compare."""
    return f"{name} {json.dumps(params, sort_keys=True, default=str)}"


class SharedJobs(JobRunner):
    """The jobs of a batch: what has finished once is kept at hand."""

    def __init__(self, store: ArtifactStore, home: Path) -> None:
        super().__init__(store, home, parallel=1)
        self.finished: dict[str, JobResult] = {}


class WatchedJobs(JobRunner):
    """Lets jobs run in a shared workspace and notes what was asked for.

    Args:
        shared: the runner of the whole batch: its cache and its warm worker are used.
        faults: what shall fail in this run.
        named: generators that the task asks for.
        note: gets a step for every job.
    """

    def __init__(
        self, shared: SharedJobs, faults: tuple[Fault, ...], named: tuple[str, ...], note: Note
    ) -> None:
        super().__init__(shared.store, shared.home, parallel=1, executor=shared.executor)
        self.shared, self.faults, self.note = shared, faults, note
        self.fitted = {*QUICK, *named}
        self._struck: Counter[Fault] = Counter()

    async def run(self, spec: JobSpec, on_progress: ProgressListener | None = None) -> JobResult:
        """The result of a job, or the failure that was planned for it."""
        broken = self._broken(spec)
        if broken is not None:
            self.note(Step(kind="fault", name=spec.kind, outcome="fail", text=broken.message))
        elif spec.kind == "generate" and spec.params["generator"] not in self.fitted:
            broken = timed_out(spec, PATIENCE_S)
        result = broken or await self._done(spec, on_progress)
        families = spec.params.get("families", ())
        self.note(
            Step(
                kind="job",
                name=spec.kind,
                outcome="ok" if result.status == "ok" else "fail",
                engines=_trained(spec),
                families=tuple(families),
                seconds=result.seconds,
                marks=_marks(spec),
                text=result.message,
            )
        )
        return result

    async def _done(self, spec: JobSpec, on_progress: ProgressListener | None) -> JobResult:
        key, known = spec.key, self.shared.finished
        if key not in known:
            result = await super().run(spec, on_progress)
            if result.status != "ok":
                return result
            known[key] = result.model_copy(update={"cached": True})
        return known[key]

    async def close(self) -> None:
        """The worker belongs to the batch."""

    def _broken(self, spec: JobSpec) -> JobResult | None:
        for fault in self.faults:
            if fault.times is not None and self._struck[fault] >= fault.times:
                continue
            if result := struck(fault, spec):
                self._struck[fault] += 1
                return result
        return None


def _trained(spec: JobSpec) -> tuple[str, ...]:
    """The generator that a job trains."""
    if spec.kind != "generate":
        return ()
    return (engine(spec.params["generator"], spec.params["params"]),)


def _marks(spec: JobSpec) -> tuple[str, ...]:
    """What is wrong with a job as it was ordered."""
    seen, kept = spec.inputs.get("train"), spec.inputs.get("holdout")
    on_training = spec.kind == "evaluate" and (kept is None or kept == seen)
    return ("training_rows",) if on_training else ()
