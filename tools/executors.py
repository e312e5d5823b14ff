"""Who carries out a job: a warm worker on this machine, or whatever keeps the protocol."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from synthcraft.tools.worker_child import JobOrder
from synthcraft.tools.worker_client import Ending, WorkerClient

Progress = Callable[[float, str], None]
"""Fraction in [0, 1] and a few words."""
WORKERS = 2
"""How many workers one job may outlive: that one is ended from outside is no fault of the job."""


class JobExecutor(Protocol):
    """Carries out orders; what the runner knows about keys and records is not its business."""

    @property
    def at_once(self) -> int:
        """Jobs that it wants to hold at the same time."""
        ...

    async def run(self, order: JobOrder, progress: Progress) -> Ending:
        """Do the job; when the caller is cancelled, its processes are dead before this returns."""
        ...

    async def close(self) -> None:
        """Let go of what it holds; a later `run` takes it up again."""
        ...


class LocalExecutor:
    """A warm worker on this machine, started when it is needed and again when it has died."""

    def __init__(self, home: Path, modules: tuple[str, ...] = ()) -> None:
        self.home = home
        self.modules = modules
        self._worker: WorkerClient | None = None

    @property
    def at_once(self) -> int:
        """One job a processor."""
        return os.cpu_count() or 1

    async def run(self, order: JobOrder, progress: Progress) -> Ending:
        """Hand the job to the worker; if that is ended from outside, once more to another."""
        for _ in range(WORKERS):
            ending = await self._ready().run(order, progress)
            if ending.status != "lost":
                break
            # The worker clears up after its jobs; after a dead one nobody else would.
            shutil.rmtree(order.workdir, ignore_errors=True)
            if self._worker is None:  # closed, and so not lost
                break
        return ending

    async def close(self) -> None:
        """End the worker."""
        self.kill()

    def kill(self) -> None:
        """The same at once."""
        worker, self._worker = self._worker, None
        if worker:
            worker.kill()

    def _ready(self) -> WorkerClient:
        if self._worker is None or not self._worker.alive:
            self.kill()
            self._worker = WorkerClient.start(self.home, self.modules)
        return self._worker
