"""A real server on a workspace of its own, and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

MARKUP = "<img src=x onerror=alert(1)>"
START_SECONDS = 120
expect.set_options(timeout=60_000)
_SERVE = """
import sys
from pathlib import Path
from synthcraft.graph.deps import Settings
from synthcraft.ui.app import serve
settings = Settings.from_env(home=Path(sys.argv[1]), environ={}, actor="Dr Test")
serve(settings, "127.0.0.1", int(sys.argv[2]))
"""


class Server:
    """The page in a process of its own; may be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", _SERVE, str(self.home), str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.home / "server.log").read_text()
            assert time.monotonic() < end, "the page did not start"
            time.sleep(0.2)

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(timeout=30)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running page."""
    running = Server(tmp_path_factory.mktemp("page_home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; nothing is downloaded."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh browser profile on the page; every request must stay on this computer."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.set_default_timeout(60_000)
    page.goto(server.url)
    page.get_by_text("Add a file below").wait_for()
    yield page
    context.close()
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
    assert dialogs == []


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small clinical table with an identifier and a column named like an attack."""
    rng = np.random.default_rng(0)
    rows = 240
    age = rng.integers(20, 85, rows)
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{n:05d}" for n in rng.permutation(rows)],
            "age": age,
            "sex": rng.choice(["male", "female"], rows),
            "bmi": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(27, 4, rows).round(1)),
            MARKUP: rng.normal(0, 1, rows).round(2),
            "stroke": (rng.random(rows) < 1 / (1 + np.exp(-(age - 60) / 8))).astype(int),
        }
    )
    path = tmp_path_factory.mktemp("table") / "clinic.csv"
    frame.to_csv(path, index=False)
    return path
