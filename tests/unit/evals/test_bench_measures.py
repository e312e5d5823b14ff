"""How the benchmark measures: nothing is left out and nothing stays patched."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from synthcraft.evals import bench_commands, bench_page, bench_steps
from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.runner import Runner


class Worker:
    """Something to be timed."""

    async def act(self, answer: int) -> int:
        await asyncio.sleep(0)
        return answer

    def fail(self) -> None:
        raise ValueError


async def test_every_call_is_timed_and_the_original_comes_back() -> None:
    original = Worker.act
    with bench_steps.stopwatch(Worker, "act") as seconds:
        assert [await Worker().act(n) for n in range(3)] == [0, 1, 2]
    assert len(seconds) == 3
    assert min(seconds) > 0
    assert Worker.act is original


def test_a_call_that_fails_is_timed_too() -> None:
    original = Worker.fail
    with bench_steps.stopwatch(Worker, "fail") as seconds, pytest.raises(ValueError):
        Worker().fail()
    assert len(seconds) == 1
    assert Worker.fail is original


def test_the_size_counts_what_is_only_in_the_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x BLOB)")
    before = bench_steps._bytes(path)
    connection.execute("INSERT INTO t VALUES (?)", (os.urandom(100_000),))
    grown = bench_steps._bytes(path) - before
    connection.close()
    assert 90_000 < grown < 110_000  # whole pages


def test_the_peak_is_that_of_the_process_without_its_children() -> None:
    child = "x = bytearray(200_000_000)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", code])
    assert 1 < bench_commands._finish(process) < 100


def test_a_peak_that_has_passed_is_seen() -> None:
    code = "x = bytearray(200_000_000); del x; import time; time.sleep(0.5)"
    process = subprocess.Popen([sys.executable, "-c", code])
    assert bench_commands._finish(process) > 200


def test_a_command_that_fails_stops_the_benchmark() -> None:
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(SynthCraftError, match="ended with 3"):
        bench_commands._finish(process)


def test_a_loaded_library_is_seen_in_the_memory_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import pyarrow, sys; print('there', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        assert bench_page._heavy_files(process.pid) == []
        monkeypatch.setattr(bench_page, "HEAVY", ("pyarrow",))
        assert bench_page._heavy_files(process.pid)
        process.communicate(b"")


async def test_a_way_through_the_gates_counts_the_routers_steps(
    fresh_runner: Runner, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_steps, "LAST_GATE", "parameters")
    asked = Changes(target="stroke", include=("cart",))
    view = await fresh_runner.start([clinic_csv], asked, unattended=True)
    lap = await bench_steps._lap(fresh_runner, view)
    after = await fresh_runner.view(view.session)
    assert after.waiting_for == "parameters"
    assert lap.steps == after.step - view.step > 0
    assert 0 < lap.routing_ms < lap.overhead_ms * lap.steps
    database = fresh_runner.deps.settings.home / "sessions.sqlite"
    assert 0 < lap.growth_kb * lap.steps * 1e3 < bench_steps._bytes(database)
