"""What runs on a worker of a Dask cluster: our own warm worker beside it, one order a task.

Dask's process only waits. The job runs under the same limits and in the same process group as on
one machine, and all of it dies with Dask's process.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.tools.cluster_meeting import Meeting, attend
from synthcraft.tools.executors import LocalExecutor
from synthcraft.tools.worker_child import JobOrder
from synthcraft.tools.worker_client import Ending

if TYPE_CHECKING:
    from distributed import Worker

_LOOK_S = 0.5
_IDLE_S = 60.0


@dataclass(frozen=True)
class Task:
    """One order as it travels.

    Attributes:
        name: Dask's key of the task.
        topic: where the client listens.
        modules: see `JobRunner`.
    """

    name: str
    topic: str
    order: JobOrder
    meeting: Meeting
    modules: tuple[str, ...] = ()


@dataclass
class _Seat:
    """A warm worker that stays a while for the next job."""

    executor: LocalExecutor
    busy: int = 0
    timer: asyncio.TimerHandle | None = None


_WARM: dict[tuple[str, Path, tuple[str, ...]], _Seat] = {}
"""By Dask worker, workspace and modules."""
_JOBS: dict[str, asyncio.Task[Ending]] = {}
"""By id: what runs now."""


def welcome(meeting: Meeting, dask_worker: Worker) -> str:
    """Meet a client before its first job; Dask fills in the worker.

    Raises:
        ClusterError: this worker does not have the folder, or other versions.
    """
    return attend(meeting, f"The worker {dask_worker.address}")


async def carry_out(task: Task) -> Ending:
    """Do the job beside this worker; ends early when nobody waits for it any more.

    Raises:
        ClusterError: this worker does not have the folder, or other versions.
    """
    from distributed import get_worker

    worker = get_worker()
    answer = await asyncio.to_thread(welcome, task.meeting, worker)
    await asyncio.to_thread((task.meeting.place / answer).unlink, missing_ok=True)
    _tell(worker, task, event="started", where=worker.address)
    job = asyncio.ensure_future(_seated(worker, task))
    _JOBS[task.order.id] = job
    try:
        while not job.done():
            await asyncio.wait({job}, timeout=_LOOK_S)
            if _unwanted(worker, task.name):
                job.cancel()
        return Ending("cancelled") if job.cancelled() else job.result()
    finally:
        # Dask closes a worker by cancelling this coroutine.
        await stop(task.order.id)
        del _JOBS[task.order.id]


async def stop(job_id: str) -> None:
    """End a job, if it runs here; nothing of it is left when this returns."""
    if job := _JOBS.get(job_id):
        job.cancel()
        await asyncio.wait({job})


async def _seated(worker: Worker, task: Task) -> Ending:
    """Run an order in the warm worker of its workspace, with a folder on this machine."""
    seat = _take(worker, task)
    scratch = Path(worker.local_directory) / f"synthcraft-{task.order.id}"
    order = task.order.model_copy(update={"workdir": scratch})

    def progress(fraction: float, message: str) -> None:
        _tell(worker, task, event="progress", fraction=fraction, message=message)

    try:
        return await seat.executor.run(order, progress)
    finally:
        _leave(seat)


def _take(worker: Worker, task: Task) -> _Seat:
    place = (worker.address, task.order.home, task.modules)
    if place not in _WARM:
        _WARM[place] = _Seat(LocalExecutor(task.order.home, task.modules))
    seat = _WARM[place]
    seat.busy += 1
    if seat.timer:
        seat.timer.cancel()
        seat.timer = None
    return seat


def _leave(seat: _Seat) -> None:
    """Libraries stay imported for the next job, but not for ever on a machine that is shared."""
    seat.busy -= 1
    if not seat.busy:
        seat.timer = asyncio.get_running_loop().call_later(_IDLE_S, seat.executor.kill)


def _unwanted(worker: Worker, name: str) -> bool:
    """Whether the task was cancelled, or its client has gone."""
    known = worker.state.tasks.get(name)
    return known is None or known.state == "cancelled"


def _tell(worker: Worker, task: Task, **event: Any) -> None:
    worker.log_event(task.topic, {"id": task.order.id, **event})
