"""Jobs run once, stop when asked, and take nobody with them."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.job_records import JobProgress, JobSpec, record_path
from synthcraft.tools.jobs import JobRunner

TOYS = f"{Path(__file__).parent}:toy_jobs"


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[JobRunner]:
    runner = JobRunner(
        ArtifactStore(tmp_path / "artifacts"), tmp_path, parallel=2, extra_modules=(TOYS,)
    )
    yield runner
    await runner.close()


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def until(condition: Callable[[], bool], tries: int = 200) -> bool:
    for _ in range(tries):
        if condition():
            return True
        await asyncio.sleep(0.05)
    return False


async def test_second_run_is_the_kept_result_of_the_first(runner: JobRunner) -> None:
    text = runner.store.put_bytes(b"hello", "text")
    spec = JobSpec(kind="toy_write", params={"n": 1}, inputs={"text": text.sha256}, seed=3)
    seen: list[JobProgress] = []
    first = await runner.run(spec, seen.append)
    assert first.status == "ok" and not first.cached
    assert [p.message for p in seen] == ["step 0", "step 1", "step 2"]
    assert runner.store.read_bytes(first.outputs["text"].sha256).startswith(b"hello|{'n': 1}|")
    second = await runner.run(spec)
    assert second.cached
    assert second.model_copy(update={"cached": False}) == first
    assert not list((runner.home / "work").iterdir())


def test_key_follows_what_matters_and_not_the_limits() -> None:
    spec = JobSpec(kind="toy_write", params={"a": 1, "b": 2}, seed=1)
    same = JobSpec(kind="toy_write", params={"b": 2, "a": 1}, seed=1, memory_mb=99, timeout_s=5)
    assert spec.key == same.key
    others = [
        spec.model_copy(update=change)
        for change in (
            {"seed": 2},
            {"params": {"a": 1}},
            {"inputs": {"text": "0" * 64}},
            {"kind": "toy_die"},
        )
    ]
    assert len({spec.key, *(other.key for other in others)}) == 5


@pytest.mark.parametrize("damage", ["changed", "missing", "record", "hash"])
async def test_damaged_result_is_computed_again(runner: JobRunner, damage: str) -> None:
    spec = JobSpec(kind="toy_write")
    first = await runner.run(spec)
    path = runner.store.path(first.outputs["text"].sha256)
    match damage:
        case "changed":
            path.write_bytes(b"something else")
        case "missing":
            path.unlink()
        case "record":
            record_path(runner.home, spec.key).write_text("{")
        case "hash":
            record = record_path(runner.home, spec.key)
            record.write_text(record.read_text().replace(path.name, "no hash"))
    again = await runner.run(spec)
    assert again.status == "ok" and not again.cached
    assert again.outputs == first.outputs
    assert runner.store.has(again.outputs["text"].sha256)


async def test_cancel_leaves_no_process_behind(runner: JobRunner) -> None:
    pids: list[int] = []
    spec = JobSpec(kind="toy_sleep")
    task = asyncio.create_task(
        runner.run(spec, lambda p: pids.extend(int(pid) for pid in p.message.split()))
    )
    assert await until(lambda: len(pids) == 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(pids[0])
    assert await until(lambda: gone(pids[1]))
    assert (await runner.run(JobSpec(kind="toy_write"))).status == "ok"


@pytest.mark.parametrize("at_once", [False, True])
async def test_memory_limit_stops_one_job_and_not_the_others(
    runner: JobRunner, at_once: bool
) -> None:
    hungry = JobSpec(kind="toy_eat", params={"at_once": at_once}, memory_mb=200)
    eaten, written = await asyncio.gather(runner.run(hungry), runner.run(JobSpec(kind="toy_write")))
    assert (eaten.status, eaten.code) == ("memory", "E_MEMORY")
    assert written.status == "ok"
    assert eaten.peak_mb < 400
    assert "200 MB" in eaten.message and "SYNTHCRAFT_MEMORY_MB" in eaten.message


async def test_a_limit_below_what_libraries_take_is_told_as_such(runner: JobRunner) -> None:
    result = await runner.run(JobSpec(kind="toy_slow", memory_mb=5))
    assert result.code == "E_MEMORY"
    found = re.search(r"5 MB, of which the libraries alone take (\d+) MB", result.message)
    assert found and int(found[1]) > 5


async def test_numerical_libraries_use_one_thread_in_a_job(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    counted = (await runner.run(JobSpec(kind="toy_threads"))).info
    assert counted["torch"] == 1
    assert counted["pools"] and set(counted["pools"].values()) == {1}


async def test_timeout(runner: JobRunner) -> None:
    result = await runner.run(JobSpec(kind="toy_sleep", timeout_s=0.5))
    assert (result.status, result.code) == ("timeout", "E_TIMEOUT")
    assert not record_path(runner.home, result.key).exists()


async def test_killed_child_is_a_result(runner: JobRunner) -> None:
    result = await runner.run(JobSpec(kind="toy_die"))
    assert (result.status, result.code) == ("failed", "E_JOB_DIED")


async def test_messages_of_libraries_stay_in_the_log(runner: JobRunner) -> None:
    result = await runner.run(JobSpec(kind="toy_fail"))
    assert (result.status, result.code) == ("failed", "E_JOB_FAILED")
    assert "ValueError" in result.message and "Miller" not in result.message
    (log,) = (runner.home / "logs").iterdir()
    assert "Miller" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


async def test_our_own_errors_keep_code_and_words(runner: JobRunner) -> None:
    result = await runner.run(JobSpec(kind="toy_fail", params={"ours": True}))
    assert (result.code, result.message) == ("E_TOO_FEW_ROWS", "Too few rows. Ask for fewer.")


async def test_unknown_kind_and_missing_input_are_results(runner: JobRunner) -> None:
    unknown = await runner.run(JobSpec(kind="no_such_kind"))
    missing = await runner.run(JobSpec(kind="toy_write", inputs={"text": "0" * 64}))
    assert unknown.code == "E_NOT_FOUND"
    assert missing.code == "E_NOT_FOUND"


async def test_a_job_outlives_one_dead_worker_and_not_two(runner: JobRunner) -> None:
    heard: list[JobProgress] = []
    task = asyncio.create_task(runner.run(JobSpec(kind="toy_sleep"), heard.append))
    for number in (1, 2):
        assert await until(lambda n=number: len(heard) == n)  # type: ignore[misc]
        worker = psutil.Process(int(heard[-1].message.split()[0])).parent()
        assert worker is not None
        worker.kill()
    assert (await task).code == "E_WORKER_DIED"
    assert not list((runner.home / "work").iterdir())
    assert (await runner.run(JobSpec(kind="toy_write"))).status == "ok"


async def test_closing_is_no_reason_to_begin_again(runner: JobRunner) -> None:
    heard: list[JobProgress] = []
    task = asyncio.create_task(runner.run(JobSpec(kind="toy_sleep"), heard.append))
    assert await until(lambda: bool(heard))
    await runner.close()
    assert (await task).code == "E_WORKER_DIED" and len(heard) == 1


async def test_two_runners_agree_on_one_result(runner: JobRunner) -> None:
    other = JobRunner(runner.store, runner.home, extra_modules=(TOYS,))
    spec = JobSpec(kind="toy_write", seed=9)
    try:
        first, second = await asyncio.gather(runner.run(spec), other.run(spec))
    finally:
        await other.close()
    assert first.status == second.status == "ok"
    assert first.outputs == second.outputs
    assert first.info["pid"] == second.info["pid"]
    assert sorted([first.cached, second.cached]) == [False, True]


def test_killed_parent_leaves_results_and_no_processes(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from synthcraft.tools.artifacts import ArtifactStore
        from synthcraft.tools.jobs import JobRunner, JobSpec
        home = Path({str(tmp_path)!r})
        async def main():
            runner = JobRunner(ArtifactStore(home / "artifacts"), home,
                               extra_modules=({TOYS!r},))
            await runner.run(JobSpec(kind="toy_write"))
            await runner.run(JobSpec(kind="toy_sleep"), lambda p: print(p.message, flush=True))
        asyncio.run(main())
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2 and not any(map(gone, pids))
    parent.kill()
    parent.wait()
    assert asyncio.run(until(lambda: all(map(gone, pids))))
    runner = JobRunner(ArtifactStore(tmp_path / "artifacts"), tmp_path, extra_modules=(TOYS,))
    assert asyncio.run(runner.run(JobSpec(kind="toy_write"))).cached


def test_runner_outlives_an_event_loop(tmp_path: Path) -> None:
    runner = JobRunner(ArtifactStore(tmp_path / "a"), tmp_path, extra_modules=(TOYS,))

    async def once(seed: int) -> str:
        return (await runner.run(JobSpec(kind="toy_write", seed=seed))).status

    assert [asyncio.run(once(seed)) for seed in (1, 2)] == ["ok", "ok"]
