"""Jobs on a Dask cluster end as they do on one machine, whatever happens to the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.cluster import DaskExecutor
from synthcraft.tools.job_records import JobProgress, JobResult, JobSpec, record_path
from synthcraft.tools.jobs import JobRunner

TOYS = f"{Path(__file__).parents[1] / 'unit' / 'tools'}:toy_jobs"


@pytest.fixture(scope="module")
def address(start_cluster: Callable[[int], Any]) -> str:
    """A scheduler and two workers."""
    return str(start_cluster(2).address)


@pytest.fixture
async def runner(address: str, tmp_path: Path) -> AsyncIterator[JobRunner]:
    """A runner that has nothing but the cluster."""
    opened = on_cluster(address, tmp_path / "far")
    yield opened
    await opened.close()


def on_cluster(address: str, home: Path) -> JobRunner:
    store = ArtifactStore(home / "artifacts")
    return JobRunner(store, home, executor=DaskExecutor(address, home, (TOYS,)))


async def here(spec: JobSpec, home: Path, inputs: ArtifactStore | None = None) -> JobResult:
    """The same job on this machine alone."""
    store = ArtifactStore(home / "artifacts")
    for sha in spec.inputs.values():
        assert inputs
        store.put_bytes(inputs.read_bytes(sha), "input")
    alone = JobRunner(store, home, extra_modules=(TOYS,))
    try:
        return await alone.run(spec)
    finally:
        await alone.close()


def outputs(result: JobResult) -> dict[str, str]:
    assert result.status == "ok", result.message
    return {name: ref.sha256 for name, ref in result.outputs.items()}


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def soon_gone(pid: int) -> bool:
    """A busy cluster may answer later than the person who cancels waits for it."""
    for _ in range(400):
        if gone(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def until_told(told: list[JobProgress], words: str = "") -> str:
    """The first message from the job itself that holds these words."""
    for _ in range(400):
        for one in told:
            if "worker" not in one.message and words in one.message:
                return one.message
        await asyncio.sleep(0.05)
    raise AssertionError(f"never told: {told}")


async def test_second_run_is_the_kept_result_of_the_first(
    runner: JobRunner, tmp_path: Path
) -> None:
    text = runner.store.put_bytes(b"hello", "text")
    spec = JobSpec(kind="toy_write", params={"n": 1}, inputs={"text": text.sha256}, seed=3)
    told: list[JobProgress] = []
    far = await runner.run(spec, told.append)
    near = await here(spec, tmp_path / "near", runner.store)
    assert outputs(far) == outputs(near)
    assert far.key == near.key and not far.cached
    assert [one.message for one in told][-3:] == ["step 0", "step 1", "step 2"]
    assert (await runner.run(spec)).cached


async def test_killed_worker_costs_time_and_nothing_else(runner: JobRunner, tmp_path: Path) -> None:
    early, slow = JobSpec(kind="toy_write", seed=4), JobSpec(kind="toy_slow", seed=5)
    first = await runner.run(early)
    told: list[JobProgress] = []
    task = asyncio.create_task(runner.run(slow, told.append))
    job = psutil.Process(int(await until_told(told)))
    warm = job.parent()
    dask = warm.parent()
    dask.kill()
    far = await task
    assert gone(job.pid) and gone(warm.pid) and gone(dask.pid)
    assert outputs(far) == outputs(await here(slow, tmp_path / "near"))
    assert [one for one in told if "was lost" in one.message and "begins again" in one.message]
    again = await runner.run(early)
    assert again.cached and again.info == first.info


async def test_cancel_leaves_no_process_behind(runner: JobRunner) -> None:
    told: list[JobProgress] = []
    task = asyncio.create_task(runner.run(JobSpec(kind="toy_sleep"), told.append))
    pids = [int(pid) for pid in (await until_told(told)).split()]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await soon_gone(pids[0])
    assert outputs(await runner.run(JobSpec(kind="toy_write", seed=6)))


async def test_limits_are_kept_on_the_cluster(runner: JobRunner) -> None:
    eaten, late, written = await asyncio.gather(
        runner.run(JobSpec(kind="toy_eat", memory_mb=200)),
        runner.run(JobSpec(kind="toy_sleep", timeout_s=0.5)),
        runner.run(JobSpec(kind="toy_write", seed=7)),
    )
    assert (eaten.status, eaten.code) == ("memory", "E_MEMORY")
    assert (late.status, late.code) == ("timeout", "E_TIMEOUT")
    assert written.status == "ok"
    assert not record_path(runner.home, late.key).exists()


async def test_failures_keep_code_and_words(runner: JobRunner) -> None:
    ours = await runner.run(JobSpec(kind="toy_fail", params={"ours": True}))
    assert (ours.code, ours.message) == ("E_TOO_FEW_ROWS", "Too few rows. Ask for fewer.")
    assert (await runner.run(JobSpec(kind="no_such_kind"))).code == "E_NOT_FOUND"
    assert (await runner.run(JobSpec(kind="toy_die"))).code == "E_JOB_DIED"
