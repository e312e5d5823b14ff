"""The graph in LangGraph's own server: starts from langgraph.json and waits at its first gate."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langgraph_api")
ROOT = Path(__file__).parents[2]


def call(base: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        base + path, data=data, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "langgraph"), "dev", "--no-browser"]
    command += ["--no-reload", "--allow-blocking", "--port", str(port)]
    environment = {
        **os.environ,
        "LANGGRAPH_STRICT_MSGPACK": "false",
        "SYNTHCRAFT_HOME": str(tmp_path / "home"),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                call(base, "/ok")
                break
            except OSError:
                assert process.poll() is None, (tmp_path / "log").read_text()
        yield base
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def test_the_graph_runs_to_its_first_gate(server: str, clinic_csv: Path) -> None:
    thread = call(server, "/threads", {})["thread_id"]
    given = {"inbox": {"paths": [str(clinic_csv)]}, "request": {"target": "stroke"}}
    body = {"assistant_id": "synthcraft", "input": given}
    call(server, f"/threads/{thread}/runs/wait", body)
    state = call(server, f"/threads/{thread}/state")
    assert state["next"] == ["approval"]
    assert state["tasks"][0]["interrupts"][0]["value"]["gate"] == "intake"
    resumed = {"command": {"resume": {"verdict": "approve", "actor": "studio"}}}
    call(server, f"/threads/{thread}/runs/wait", {"assistant_id": "synthcraft", **resumed})
    state = call(server, f"/threads/{thread}/state")
    assert state["tasks"][0]["interrupts"][0]["value"]["gate"] == "intent"
