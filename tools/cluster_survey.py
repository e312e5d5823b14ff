"""A look at a cluster before anything is asked of it: who is there, and who could do a job."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.cluster_connect import hindrances, reach, unreachable
from synthcraft.tools.limits_os import MB

_ANSWER_S = 10.0


@dataclass(frozen=True)
class WorkerSeen:
    """A worker of the cluster.

    Attributes:
        memory_mb: what Dask lets it have; 0 when it has no limit.
        hindrance: why it cannot be used, if it cannot.
    """

    address: str
    threads: int
    memory_mb: float
    hindrance: SynthCraftError | None


@dataclass(frozen=True)
class Survey:
    """A scheduler that answered, and its workers; its own hindrance comes before theirs."""

    hindrance: SynthCraftError | None
    workers: tuple[WorkerSeen, ...]


async def survey(address: str, home: Path) -> Survey:
    """Reach a scheduler and look at every worker, in a bounded time.

    Raises:
        ClusterError: no Dask here, or nobody at the address.
    """
    connection = await reach(address, home)
    try:
        async with asyncio.timeout(_ANSWER_S):
            seen = await connection.client.scheduler.identity(n_workers=-1)
        found = await hindrances(connection, address)
    except (OSError, TimeoutError) as error:
        raise unreachable(address, error) from error
    finally:
        await connection.close()
    workers = tuple(
        WorkerSeen(name, one["nthreads"], (one["memory_limit"] or 0) / MB, found.get(name))
        for name, one in seen["workers"].items()
    )
    return Survey(found.get("scheduler"), workers)
