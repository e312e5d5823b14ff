"""What a person waits for: help, a run and its repetition; and the memory of the parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import psutil

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.graph.errors import SynthCraftError

COMMAND = Path(sys.executable).with_name("synthcraft")
PATIENCE_S = 300.0
POLL_S = 0.1
TARGET = ("--target", "heart_attack")
APPROVED = ("--approve", "auto", "--seed", "1", "--json")


@case("help")
def help_text(bench: Workbench) -> Iterator[Line]:
    """Time of `synthcraft --help`."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        _finish(start(bench.folder, ["--help"]))
        seconds.append(time.perf_counter() - began)
    yield Line(name="`synthcraft --help`", unit="s", values=tuple(seconds), below=1.0)


@case("cache")
def second_run(bench: Workbench) -> Iterator[Line]:
    """The same plan and seed again: finished jobs are not computed twice."""
    generators = ["--generators", "cart,marginal_distributions,bayesian_network"]
    table = bench.first_rows(2000)
    seconds = [_run(bench, table, generators, "cache")[0] for _ in range(4)]
    note = "2,000 NHANES adults; cart, marginal_distributions, bayesian_network; whole command"
    yield Line(name="First run", unit="s", values=(seconds[0],), note=note)
    yield Line(
        name="Same plan and seed again", unit="s", values=tuple(seconds[1:]), below=10.0, note=note
    )


@case("memory")
def parent_memory(bench: Workbench) -> Iterator[Line]:
    """Peak memory of the parent alone, over a whole run in which a child trains a deep model."""
    generators = ["--generators", "ctgan", "--preset", "quick"]
    seconds, peak_mb = _run(bench, bench.first_rows(1000), generators, "memory")
    note = f"ctgan, quick preset, 1,000 NHANES adults; whole command, {seconds:.0f} s"
    yield Line(name="Peak of the parent", unit="MB", values=(peak_mb,), below=1000.0, note=note)


def _run(bench: Workbench, table: Path, words: Sequence[str], name: str) -> tuple[float, float]:
    """Seconds and the parent's peak memory of one `synthcraft run` in the workspace `name`."""
    places = ["--home", str(bench.folder / name), "--out", str(bench.folder / f"{name}-out")]
    began = time.perf_counter()
    process = start(bench.folder, ["run", str(table), *TARGET, *words, *APPROVED, *places])
    peak_mb = _finish(process)
    return time.perf_counter() - began, peak_mb


def start(
    folder: Path, words: Sequence[str], said: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start the command as an installation has it from its second start on: with bytecode kept.

    What it says goes to the file `said`, or nowhere.
    """
    environ = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [str(COMMAND), *words], stdin=quiet, stdout=quiet, stderr=said or quiet, env=environ
    )


def _finish(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end; returns the peak memory of this process without its children, in MB."""
    peak, deadline = 0.0, time.monotonic() + PATIENCE_S
    while process.poll() is None:
        peak = max(peak, _high_water_mb(process.pid))
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.01 if not peak else POLL_S / 5)
    if process.returncode:
        raise SynthCraftError(
            f"A measured command ended with {process.returncode}.",
            "Run it by hand: `synthcraft demo` shows what is wrong.",
        )
    return peak


def _high_water_mb(pid: int) -> float:
    """The kernel's own high-water mark, where it has one: no peak between two looks is missed."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
        return float(psutil.Process(pid).memory_info().rss / 1e6)
    except (OSError, psutil.Error):
        return 0.0
