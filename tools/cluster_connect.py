"""The way to a Dask cluster: every hindrance becomes a sentence, within a bounded time."""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import ClusterError, SynthCraftError
from synthcraft.tools.cluster_meeting import Meeting, check_versions, heard, not_shared
from synthcraft.tools.cluster_task import welcome

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_S = 10.0
_MEET_S = 30.0


@dataclass(frozen=True)
class Connection:
    """A client that has met every worker that was there."""

    client: Client
    meeting: Meeting

    async def close(self) -> None:
        """Hang up; the cluster goes on."""
        shutil.rmtree(self.meeting.place, ignore_errors=True)
        await _hang_up(self.client)


async def connect(address: str, home: Path) -> Connection:
    """Reach the scheduler and meet its workers; none need be there yet.

    Raises:
        ClusterError: no Dask here, nobody at the address, other versions, or no shared workspace.
    """
    connection = await reach(address, home)
    try:
        for hindrance in (await hindrances(connection, address)).values():
            raise hindrance
    except BaseException:
        await connection.close()
        raise
    return connection


async def reach(address: str, home: Path) -> Connection:
    """Reach the scheduler, without a look at anybody else.

    Raises:
        ClusterError: no Dask here, or nobody at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError(
            "Dask is not installed here.",
            "Install SynthCraft with its extra: `pip install 'synthcraft[cluster]'`.",
        ) from error

    _hush()
    client = Client(address, asynchronous=True, set_as_default=False, timeout=_CONNECT_S)
    try:
        async with asyncio.timeout(2 * _CONNECT_S):
            await client
            await client.nthreads()
    # TLS without a certificate is a TypeError, a stranger at the port anything at all.
    except Exception as error:
        await _hang_up(client)
        raise unreachable(address, error) from error
    return Connection(client, Meeting.call(home))


async def hindrances(connection: Connection, address: str) -> dict[str, SynthCraftError]:
    """Why the scheduler, or a worker by its address, cannot be used; empty when all can be.

    Raises:
        ClusterError: the scheduler does not answer any more.
    """
    try:
        async with asyncio.timeout(_MEET_S):
            return await _meet(connection.client, connection.meeting)
    except (OSError, TimeoutError) as error:
        raise unreachable(address, error) from error


def unreachable(address: str, error: BaseException | None = None) -> ClusterError:
    """The error of a scheduler that does not answer, or not any more."""
    how = "" if error is None or isinstance(error, OSError) else " as a Dask scheduler would"
    why = f" ({type(error).__name__})" if error else ""
    return ClusterError(
        f"The cluster at {address} does not answer{how}{why}.",
        "Check the address, that its scheduler runs, and for tls:// Dask's own TLS settings. "
        "A run keeps what was finished and can go on, also without a cluster.",
        code="E_CLUSTER_UNREACHABLE",
    )


def unusable(error: BaseException, where: str) -> SynthCraftError:
    """The error of a worker that failed outside of any job."""
    if isinstance(error, SynthCraftError):
        return error
    if isinstance(error, (ImportError, AttributeError)):
        return ClusterError(
            f"{where} cannot load SynthCraft's code ({type(error).__name__}).",
            "Install the same SynthCraft on every machine of the cluster, its scheduler included.",
            code="E_CLUSTER_VERSIONS",
        )
    return ClusterError(
        f"{where} failed outside of the job ({type(error).__name__}).",
        "Dask's log on that machine says more; what was finished is kept, so the run can go on.",
    )


async def _meet(client: Client, meeting: Meeting) -> dict[str, SynthCraftError]:
    versions = await client.get_versions()
    if error := _differing(meeting, versions["scheduler"], "The scheduler"):
        return {"scheduler": error}
    found = {
        worker: error
        for worker, info in versions["workers"].items()
        if (error := _differing(meeting, info, f"The worker {worker}"))
    }
    alike = [worker for worker in versions["workers"] if worker not in found]
    answers = await client.run(welcome, meeting, workers=alike, on_error="return") if alike else {}
    for worker, answer in answers.items():
        # One that ended meanwhile has nothing to answer.
        if isinstance(answer, OSError):
            continue
        if isinstance(answer, Exception):
            found[worker] = unusable(answer, f"The worker {worker}")
        elif not heard(meeting, answer):
            found[worker] = not_shared(f"The worker {worker}", meeting.home)
    return found


def _differing(meeting: Meeting, info: Any, where: str) -> SynthCraftError | None:
    try:
        check_versions(meeting.versions, _named(info), where)
    except ClusterError as error:
        return error
    return None


def _named(info: Any) -> dict[str, str]:
    """What Dask itself says about the versions of one of its processes."""
    python = ".".join(str(part) for part in info["host"]["python"].split(".")[:2])
    packages = {name: info["packages"].get(name) for name in ("dask", "distributed")}
    return {"python": python, **{name: each for name, each in packages.items() if each}}


async def _hang_up(client: Client) -> None:
    with suppress(OSError, TimeoutError, RuntimeError):
        async with asyncio.timeout(_CONNECT_S):
            await client.close()


def _hush() -> None:
    """What Dask would print about a lost connection is said in our own sentences."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
