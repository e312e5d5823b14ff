"""Jobs on a Dask cluster: the same orders, records and files, carried out by other machines.

The cluster belongs to the person: nothing here starts, scales or shuts it down.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import ClusterError
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.cluster_connect import Connection, connect, unreachable, unusable
from synthcraft.tools.cluster_meeting import not_shared
from synthcraft.tools.cluster_task import Task, carry_out, stop
from synthcraft.tools.executors import Progress
from synthcraft.tools.job_records import finished
from synthcraft.tools.worker_child import JobOrder
from synthcraft.tools.worker_client import Ending

if TYPE_CHECKING:
    from distributed import Client, Future

_MANY = 1000
_LOOK_S = 2.0
_ANSWER_S = 10.0
_DESERTED_S = 60.0
_APPEAR_S = 60.0


class DaskExecutor:
    """Hands orders to the scheduler at `address`; connects at the first one.

    Args:
        address: of the scheduler, `tcp://host:port` or `tls://host:port`.
        home: the workspace, which every worker must see under the same path.
        modules: see `JobRunner`.
    """

    def __init__(self, address: str, home: Path, modules: tuple[str, ...] = ()) -> None:
        self.address = address
        self.home = home
        self.modules = modules
        self._topic = f"synthcraft-{uuid.uuid4().hex}"
        self._listeners: dict[str, _Listener] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None

    @property
    def at_once(self) -> int:
        """As many as there are: the scheduler keeps the queue."""
        return _MANY

    async def run(self, order: JobOrder, progress: Progress) -> Ending:
        """Hand the job to the cluster; Dask gives it to another worker when one dies.

        Raises:
            ClusterError: the cluster, or a worker of it, cannot be used.
        """
        connection = await self._connected()
        progress(0.0, "Waiting for a free worker of the cluster.")
        self._listeners[order.id] = _Listener(progress)
        name = f"synthcraft-{order.key[:12]}-{order.id}"
        task = Task(name, self._topic, order, connection.meeting, self.modules)
        future = connection.client.submit(carry_out, task, key=name, pure=False)
        try:
            ending = await self._ending(connection.client, future)
            if ending.done:
                await _appeared(order)
            return ending
        except asyncio.CancelledError:
            await _stop(connection.client, future, order.id)
            raise
        finally:
            del self._listeners[order.id]

    async def close(self) -> None:
        """Leave the cluster as it is."""
        connection, self._connection = self._connection, None
        if connection and self._loop is asyncio.get_running_loop():
            await connection.close()

    async def _connected(self) -> Connection:
        """The connection of this event loop; every new one has met the workers."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._lock, self._connection = loop, asyncio.Lock(), None
        async with self._lock:
            if self._connection is None or self._connection.client.status != "running":
                self._connection = await connect(self.address, self.home)
                self._connection.client.subscribe_topic(self._topic, self._heard)
            return self._connection

    def _heard(self, event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        if listener := self._listeners.get(message["id"]):
            listener.heard(message)

    async def _ending(self, client: Client, future: Future[Ending]) -> Ending:
        """How a task ended; an error when nobody is left who could end it."""
        outcome = asyncio.ensure_future(_result(future))
        seen = time.monotonic()
        try:
            while not (await asyncio.wait({outcome}, timeout=_LOOK_S))[0]:
                if await _threads(client):
                    seen = time.monotonic()
                elif time.monotonic() - seen > _DESERTED_S:
                    raise ClusterError(
                        f"The cluster at {self.address} has no workers.",
                        "Start some; what was finished is kept, so the run can go on.",
                        code="E_CLUSTER_EMPTY",
                    )
        finally:
            outcome.cancel()
        return self._explained(outcome)

    def _explained(self, outcome: asyncio.Task[Ending]) -> Ending:
        from distributed import KilledWorker

        error = outcome.exception()
        if isinstance(error, CancelledError):  # what Dask makes of a lost connection
            raise unreachable(self.address) from error
        if isinstance(error, KilledWorker):
            return Ending(
                "lost",
                code="E_CLUSTER_WORKER_DIED",
                message=f"The job was given up: {error.allowed_failures + 1} workers of the "
                "cluster ended while they ran it. Their machines may be short of memory.",
            )
        if error:
            raise unusable(error, "A worker of the cluster") from error
        return outcome.result()


@dataclass
class _Listener:
    """Where the news of one job goes."""

    progress: Progress
    worker: str = ""

    def heard(self, message: dict[str, Any]) -> None:
        """Progress, or a start; a second start means that the first worker was lost."""
        if message["event"] == "progress":
            self.progress(message["fraction"], message["message"])
            return
        if self.worker:
            words = f"The worker {self.worker} was lost; {message['where']} begins again."
            self.progress(0.0, words)
        self.worker = message["where"]


async def _result(future: Future[Ending]) -> Ending:
    ending: Ending = await future
    return ending


async def _threads(client: Client) -> dict[str, int]:
    """Who could work; nobody, when the scheduler does not say."""
    with suppress(OSError, TimeoutError):
        return dict(await asyncio.wait_for(client.nthreads(), _ANSWER_S))
    return {}


async def _stop(client: Client, future: Future[Ending], job_id: str) -> None:
    """Take an order back and wait until nothing of it runs."""
    with suppress(OSError, TimeoutError, RuntimeError):
        async with asyncio.timeout(_ANSWER_S):
            await future.cancel()
            await client.run(stop, job_id, on_error="ignore")


async def _appeared(order: JobOrder) -> None:
    """Wait for the record: a network drive may show it later than the message of its end.

    Raises:
        ClusterError: it cannot be seen from here.
    """
    store, end = ArtifactStore(order.store), time.monotonic() + _APPEAR_S
    while not await asyncio.to_thread(finished, order.home, store, order.key):
        if time.monotonic() > end:
            raise not_shared("The worker that did the job", order.home)
        await asyncio.sleep(_LOOK_S)
