"""A real server on a workspace of its own, and a real browser."""

from __future__ import annotations

import os
import re
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
from gradio_client import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

MARKUP = "<img src=x onerror=alert(1)>"
START_SECONDS = 240
PATIENCE_MS = 240_000
"""A bound for a machine with much else to do; nothing is measured by it."""
SHOTS = Path(__file__).parents[2] / "out" / "e2e"
"""Where pictures of the page are kept, as files of a run."""
GUARD = Path(__file__).with_name("guard")
expect.set_options(timeout=PATIENCE_MS)
_SERVE = """
import sys
from pathlib import Path
from synthcraft.graph.deps import Settings
from synthcraft.ui.app import serve
from synthcraft.ui.auth.access import Access
from synthcraft.ui.auth.users import UsersFile
settings = Settings.from_env(home=Path(sys.argv[1]), environ={}, actor="Dr Test")
users = UsersFile(Path(sys.argv[3])) if len(sys.argv) > 3 else None
serve(settings, Access(users=users), int(sys.argv[2]))
"""


class Server:
    """The page in a process of its own; may be killed and started again."""

    def __init__(self, home: Path, users: Path | None = None) -> None:
        self.home = home
        self.users = [str(users)] if users else []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.reached = home / "reached.txt"

    def start(self) -> None:
        env = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(GUARD),
            "REACHED": str(self.reached),
        }
        command = [sys.executable, "-c", _SERVE, str(self.home), str(self.port), *self.users]
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

    def left_for(self) -> list[str]:
        """Every address outside that a process of the server, or of its worker, has asked for."""
        return self.reached.read_text().splitlines() if self.reached.exists() else []

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=20) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running page."""
    running = Server(tmp_path_factory.mktemp("page_home"))
    try:
        running.start()
        yield running
    finally:
        running.stop()
    assert running.left_for() == []


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    """The endpoints of the page as a script calls them."""
    return Client(server.url, verbose=False, analytics_enabled=False)


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
def tab(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh browser profile on the page; every request must stay on this computer."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    asked: list[str] = []
    dialogs: list[str] = []
    # Of the context: other tabs of a test are watched as well.
    context.on("request", lambda sent: asked.append(sent.url))
    context.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(server.url)
    page.get_by_text("Add a file below").wait_for()
    yield page
    for number, shown in enumerate(context.pages):
        picture(shown, f"{request.node.name}-{number}")
    context.close()
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
    assert dialogs == []


def picture(page: Page, name: str) -> None:
    """Keep what the page shows."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name)}.png", full_page=True)


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


@pytest.fixture(scope="session")
def survey(nhanes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of NHANES 2021-2023."""
    lines = nhanes.read_text(encoding="utf-8").splitlines()[:1501]
    path = tmp_path_factory.mktemp("survey") / "nhanes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
