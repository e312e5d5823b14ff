"""What people on the page wait for: a usable page, the first sign of a run, and replies."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import psutil

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.bench_commands import PATIENCE_S, start
from synthcraft.graph.errors import SynthCraftError

if TYPE_CHECKING:
    from playwright.sync_api import Page

HEAVY = ("torch", "synthcity")
POLL_S = 0.05
TIMES = 5


@case("page")
def chat_page(bench: Workbench) -> Iterator[Line]:
    """Time until the page answers, and what its process has loaded by then."""
    seconds, heavy, memory = [], [], []
    for _ in range(3):
        began = time.perf_counter()
        with served(bench.folder, Path(mkdtemp(dir=bench.folder))) as (_, process):
            seconds.append(time.perf_counter() - began)
            heavy.append(float(len(_heavy_files(process.pid))))
            memory.append(megabytes(process))
    yield Line(name="Page answers after start", unit="s", values=tuple(seconds), below=10.0)
    yield Line(
        name="Files of synthcity and torch in the page's process",
        unit="files",
        values=tuple(heavy),
        below=1.0,
        note="memory maps once the page has answered",
    )
    yield Line(name="Memory of the page's process", unit="MB", values=tuple(memory))


@case("page:browser")
def in_a_browser(bench: Workbench) -> Iterator[Line]:
    """Time until a person can use the page, and from their click to the first streamed message."""
    ready, first = [], []
    table = bench.first_rows(2000)
    with served(bench.folder, bench.folder / "home") as (url, _), chromium() as page:
        for _ in range(TIMES if page else 0):
            assert page is not None
            began = time.perf_counter()
            page.goto(url)
            page.get_by_text("Add a file below").wait_for()
            ready.append(time.perf_counter() - began)
            first.append(_click_to_message(page, table))
            page.locator("#sc-card-text h3").wait_for()
            page.get_by_role("button", name="New project").click()
            page.locator("#sc-status").get_by_text("New project").wait_for()
    note = "Chromium, a new project each time" if ready else "no browser here"
    yield Line(name="Page can be used after its address was entered", unit="s", values=tuple(ready))
    yield Line(
        name="From the click on Start to the first streamed message",
        unit="s",
        values=tuple(first),
        note=f"{note}; 2,000 NHANES adults",
    )


def _click_to_message(page: Page, table: Path) -> float:
    """Seconds until the conversation shows that the run has begun."""
    page.locator("#sc-start input[type=file]").set_input_files(table)
    page.get_by_text("Ready to start with").wait_for()
    began = time.perf_counter()
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("#sc-chat").get_by_text("Reading nhanes").first.wait_for()
    return time.perf_counter() - began


@contextmanager
def served(folder: Path, home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The page in a process of its own, as the command starts it; once it answers."""
    port = _free_port()
    process = start(folder, ["chat", "--port", str(port), "--home", str(home)])
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait_for(url, process)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def megabytes(process: psutil.Process) -> float:
    """Memory of one process, without its children."""
    return float(process.memory_info().rss / 1e6)


@contextmanager
def chromium() -> Iterator[Page | None]:
    """A tab of the browser that the system has; None where there is none."""
    executable = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        executable = None
    if executable is None:
        yield None
        return
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"executable_path": executable, "args": ["--no-sandbox"]}
        with playwright.chromium.launch(**options) as browser:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_S * 1000)
            yield page


def _heavy_files(pid: int) -> list[str]:
    parts = (Path(area.path).parts for area in psutil.Process(pid).memory_maps())
    return ["/".join(p) for p in parts if not set(p).isdisjoint(HEAVY)]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S):
                return
        except urllib.error.URLError:
            time.sleep(POLL_S)
    raise SynthCraftError("The page did not answer.", "Start `synthcraft chat` by hand.")
