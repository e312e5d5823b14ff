"""`synthcraft doctor --cluster`: could these machines do the jobs?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synthcraft.graph.errors import SynthCraftError
from synthcraft.ui.commands.doctor import Check

if TYPE_CHECKING:
    from synthcraft.graph.deps import Settings
    from synthcraft.tools.cluster_survey import Survey, WorkerSeen


def examine_cluster(settings: Settings, address: str) -> Iterator[Check]:
    """The scheduler and every worker; never raises what the cluster does wrong."""
    from synthcraft.tools.cluster_survey import survey

    try:
        found = asyncio.run(survey(address, settings.home))
    except SynthCraftError as error:
        yield _failed("cluster", error)
        return
    yield _scheduler(found, address)
    if not found.hindrance:
        yield from (_worker(worker, settings.memory_mb) for worker in found.workers)


def _scheduler(found: Survey, address: str) -> Check:
    if found.hindrance:
        return _failed("cluster", found.hindrance)
    threads = sum(worker.threads for worker in found.workers)
    detail = f"{address} answers; {len(found.workers)} workers, {threads} jobs at once"
    if not found.workers:
        return Check("cluster", "note", detail, "Start some: a run waits for the first.")
    return Check("cluster", "ok", detail)


def _worker(worker: WorkerSeen, memory_mb: int) -> Check:
    name = f"worker {worker.address}"
    if worker.hindrance:
        return _failed(name, worker.hindrance)
    detail = f"same versions, shares the workspace; {worker.memory_mb:,.0f} MB of memory"
    if 0 < worker.memory_mb < worker.threads * memory_mb:
        hint = f"Its jobs may take {worker.threads} x {memory_mb:,} MB: lower SYNTHCRAFT_MEMORY_MB."
        return Check(name, "note", detail, hint)
    return Check(name, "ok", detail)


def _failed(name: str, error: SynthCraftError) -> Check:
    return Check(name, "fail", error.message, error.hint)
