"""Telemetry, history and sharing are off, and the guard that the other tests rely on sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import GUARD
from tests.e2e.steps import begin, say

pytestmark = pytest.mark.e2e
KEPT = """async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
  databases: (await indexedDB.databases()).map(one => one.name)})"""


def test_the_page_is_built_without_telemetry_history_and_sharing(server: Any) -> None:
    with urllib.request.urlopen(f"{server.url}/config", timeout=60) as answer:
        config = json.load(answer)
    off = ("analytics_enabled", "run_history", "show_error", "mcp_server", "space_id", "pwa")
    assert not any(config[name] for name in off)
    assert config["footer_links"] == []
    props = [one["props"] for one in config["components"]]
    assert not [one for one in props if "share" in str(one.get("buttons", ""))]
    assert not [one for one in props if one.get("likeable") or one.get("_retryable")]


def test_the_browser_keeps_the_id_of_the_project_alone(tab: Page, table: Path) -> None:
    begin(tab, table)
    say(tab, "what is TSTR?")
    expect(tab.locator("#sc-chat")).to_contain_text("tests it on real rows")
    kept = tab.evaluate(KEPT)
    assert kept["databases"] == []
    assert kept["session"] == []
    assert set(kept["local"]) <= {"synthcraft"}
    assert kept["cookies"] == ""
    assert "stroke" not in tab.evaluate("JSON.stringify(localStorage)")


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        ("socket.socket().connect(('192.0.2.1', 9))", "socket.connect 192.0.2.1"),
        ("socket.getaddrinfo('example.invalid', 9)", "socket.getaddrinfo example.invalid"),
        ("socket.socket().connect(('127.0.0.1', 9))", ""),
    ],
)
def test_the_guard_of_the_server_sees_what_leaves(tmp_path: Path, call: str, seen: str) -> None:
    """In a child of a child, too; a short time limit, since nothing has to come back."""
    reached = tmp_path / "reached.txt"
    inner = f"import socket; socket.setdefaulttimeout(0.1); {call}"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    subprocess.run(
        [sys.executable, "-c", outer],
        env={**os.environ, "PYTHONPATH": str(GUARD), "REACHED": str(reached)},
        stderr=subprocess.DEVNULL,
        timeout=240,
        check=True,
    )
    assert (reached.read_text().strip() if reached.exists() else "") == seen
