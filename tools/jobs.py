"""Jobs: keyed, cached, limited, cancellable, wherever an executor carries them out."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Self

from synthcraft.graph.errors import StoreError
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.executors import JobExecutor, LocalExecutor
from synthcraft.tools.job_places import Places
from synthcraft.tools.job_queue import Owner
from synthcraft.tools.job_records import (
    JobProgress,
    JobResult,
    JobSpec,
    JobStatus,
    ProgressListener,
    finished,
)
from synthcraft.tools.stopwatch import Stopwatch
from synthcraft.tools.worker_child import DISK_FULL, JobOrder
from synthcraft.tools.worker_client import Ending

_ENDED_FROM_OUTSIDE = (
    "Something outside of it ended it before there was a result, often a machine short of memory. "
    "Ask for the same again; SYNTHCRAFT_PARALLEL=1 runs one job at a time."
)
__all__ = ["JobProgress", "JobResult", "JobRunner", "JobSpec", "JobStatus"]


class JobRunner:
    """Runs jobs, at most `parallel` at a time; a finished key is never computed twice.

    Args:
        store: where inputs are read and outputs are kept.
        home: the workspace; records go to `home/jobs`, logs to `home/logs`.
        parallel: jobs at the same time; as many as the executor wants by default.
        extra_modules: modules that register further kinds, as `module` or `folder:module`.
        executor: who carries the jobs out; a worker on this machine by default.
    """

    def __init__(
        self,
        store: ArtifactStore,
        home: Path,
        parallel: int | None = None,
        extra_modules: tuple[str, ...] = (),
        executor: JobExecutor | None = None,
    ) -> None:
        self.store = store
        self.home = Path(home)
        self.executor = executor or LocalExecutor(self.home, extra_modules)
        self.parallel = parallel or self.executor.at_once
        self.owner = Owner()
        self.worked = Stopwatch()
        self._places = Places(self.parallel)

    def of(self, owner: Owner) -> Self:
        """The same runner for the jobs of one owner, who takes turns with the others.

        Its `worked` counts their work alone, and not the time in which they wait for their turn.
        """
        same = copy(self)
        same.owner, same.worked = owner, Stopwatch()
        return same

    async def run(self, spec: JobSpec, on_progress: ProgressListener | None = None) -> JobResult:
        """Do the job, or return what is already there.

        A job that fails is a result with a status, not an exception. When the calling task is
        cancelled, the job's processes are dead before `CancelledError` leaves here.

        Raises:
            StoreError: the disk is full; the job is not to blame and can be run again.
            ClusterError: the cluster cannot be used; neither is it to blame.
            QueueFullError: its owner has as many jobs waiting as they may have.
        """
        key = spec.key
        cached = await asyncio.to_thread(finished, self.home, self.store, key)
        if cached:
            return cached
        async with self._places.place(self.owner, _waits(spec, key, on_progress)):
            started = time.monotonic()
            order = self._order(spec, key)
            with self.worked.running():
                ending = await self.executor.run(order, _relay(spec, key, on_progress))
        result = await asyncio.to_thread(self._result, spec, key, ending)
        if result.code == DISK_FULL:
            raise StoreError(result.message, code=DISK_FULL)
        if result.status == "ok":
            return result
        return result.model_copy(update={"seconds": round(time.monotonic() - started, 3)})

    async def close(self) -> None:
        """Let the executor go; finished jobs stay."""
        await self.executor.close()

    def _order(self, spec: JobSpec, key: str) -> JobOrder:
        job_id = uuid.uuid4().hex
        return JobOrder(
            id=job_id,
            spec=spec,
            key=key,
            home=self.home.absolute(),
            store=self.store.root.absolute(),
            workdir=self.home.absolute() / "work" / f"{key[:12]}-{job_id[:8]}",
        )

    def _result(self, spec: JobSpec, key: str, ending: Ending) -> JobResult:
        # The record is the truth: a child may have finished just before it was killed.
        if kept := finished(self.home, self.store, key):
            return kept.model_copy(update={"cached": ending.cached})
        status, code, message = _explain(ending, spec.memory_mb)
        return JobResult(key=key, status=status, peak_mb=ending.peak_mb, code=code, message=message)


def _relay(
    spec: JobSpec, key: str, listener: ProgressListener | None
) -> Callable[[float, str], None]:
    def progress(fraction: float, message: str) -> None:
        if listener:
            listener(JobProgress(key=key, kind=spec.kind, fraction=fraction, message=message))

    return progress


def _waits(spec: JobSpec, key: str, listener: ProgressListener | None) -> Callable[[int], None]:
    def tell(before: int) -> None:
        jobs = "1 job" if before == 1 else f"{before} jobs"
        words = f"waiting, {jobs} before it" if before else "waiting for a free place"
        if listener:
            listener(JobProgress(key=key, kind=spec.kind, fraction=0.0, message=words, waits=True))

    return tell


def _explain(ending: Ending, memory_mb: int) -> tuple[JobStatus, str, str]:
    """Status, code and sentence of a job that left no result."""
    if ending.status == "memory" or ending.code == "E_MEMORY":
        return (
            "memory",
            "E_MEMORY",
            "The job was stopped because it needed more memory than it was given: "
            f"{memory_mb:,} MB, of which the libraries alone take {ending.base_mb:,.0f} MB "
            f"({ending.peak_mb:,.0f} MB at its peak). Allow more with SYNTHCRAFT_MEMORY_MB, or "
            "ask for less: fewer columns or rows, a smaller model, another generator.",
        )
    if ending.status == "timeout":
        return "timeout", "E_TIMEOUT", "The job was stopped because its time was up."
    if ending.status == "cancelled":
        return "cancelled", "E_CANCELLED", "The job was cancelled."
    if ending.code:
        return "failed", ending.code, ending.message
    if ending.status == "lost":
        return "failed", "E_WORKER_DIED", f"The worker process ended. {_ENDED_FROM_OUTSIDE}"
    return "failed", "E_JOB_DIED", f"The job's process ended. {_ENDED_FROM_OUTSIDE}"
