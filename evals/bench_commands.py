"""What a person waits for: help, page, a run and its repetition; and the memory of the parent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

import psutil

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.graph.errors import SynthCraftError

COMMAND = Path(sys.executable).with_name("synthcraft")
HEAVY = ("torch", "synthcity")
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
        _finish(_start(bench, ["--help"]))
        seconds.append(time.perf_counter() - began)
    yield Line(name="`synthcraft --help`", unit="s", values=tuple(seconds), below=1.0)


@case("page")
def chat_page(bench: Workbench) -> Iterator[Line]:
    """Time until the page answers, and what its process has loaded by then."""
    seconds, heavy, memory = [], [], []
    for _ in range(3):
        port, began = _free_port(), time.perf_counter()
        home = mkdtemp(dir=bench.folder)
        process = _start(bench, ["chat", "--port", str(port), "--home", home])
        try:
            _wait_for_page(f"http://127.0.0.1:{port}/", process)
            seconds.append(time.perf_counter() - began)
            heavy.append(float(len(_heavy_files(process.pid))))
            memory.append(psutil.Process(process.pid).memory_info().rss / 1e6)
        finally:
            process.terminate()
            process.wait(30)
    yield Line(name="Page answers after start", unit="s", values=tuple(seconds), below=10.0)
    yield Line(
        name="Files of synthcity and torch in the page's process",
        unit="files",
        values=tuple(heavy),
        below=1.0,
        note="memory maps once the page has answered",
    )
    yield Line(name="Memory of the page's process", unit="MB", values=tuple(memory))


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
    process = _start(bench, ["run", str(table), *TARGET, *words, *APPROVED, *places])
    peak_mb = _finish(process)
    return time.perf_counter() - began, peak_mb


def _start(bench: Workbench, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the command as an installation has it from its second start on: with bytecode kept."""
    environ = os.environ | {"PYTHONPYCACHEPREFIX": str(bench.folder / "bytecode")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [str(COMMAND), *words], stdin=quiet, stdout=quiet, stderr=quiet, env=environ
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


def _heavy_files(pid: int) -> list[str]:
    parts = (Path(area.path).parts for area in psutil.Process(pid).memory_maps())
    return ["/".join(p) for p in parts if not set(p).isdisjoint(HEAVY)]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_page(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S):
                return
        except urllib.error.URLError:
            time.sleep(POLL_S / 2)
    raise SynthCraftError("The page did not answer.", "Start `synthcraft chat` by hand.")
