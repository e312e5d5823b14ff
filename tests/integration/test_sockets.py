"""No connection leaves this machine's process but to the language model that was named."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import Answer
from tests.model_double import served

ODD = "my colleagues abroad cannot get the real file, they will get this one"
_TRACED = ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2")


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every address that a socket of this process was to be connected with; only local ones are."""
    seen: list[Any] = []
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}

    def guarded(name: str) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX:
                seen.append(address)
                if address[0] not in ("127.0.0.1", "::1"):
                    raise OSError(f"stopped: {address}")
            return real[name](self, address)

        return connect

    for name in real:
        monkeypatch.setattr(socket.socket, name, guarded(name))
    looked_up: list[Any] = []
    real_look = socket.getaddrinfo

    def look(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", "::1", None, ""):
            looked_up.append(host)
            raise OSError(f"stopped: {host}")
        return real_look(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    yield seen
    assert looked_up == []


async def _project(settings: Settings, table: Path) -> None:
    async with open_runner(settings) as runner:
        asked = Changes(target="stroke", include=("cart",), tier="quick")
        view = await runner.start([table], asked, seed=1)
        while view.status == "waiting":
            await runner.understand(view.session, ODD)
            await runner.ask(view.session, "and how about all of it then, hm?")
            view = await runner.answer(
                view.session, view.interrupt_id or "", Answer(verdict="approve", actor="Jane")
            )
        assert view.status == "finished"
        await runner.report_html(view.session)


async def test_a_project_without_a_model_connects_with_nothing(
    reached: list[Any], settings: Settings, clinic_csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in _TRACED:  # somebody else's settings are not followed
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "nobody")
    await _project(settings, clinic_csv)
    assert reached == []
    assert {os.environ[name] for name in _TRACED} == {"false"}


async def test_a_project_with_a_model_connects_with_the_model_alone(
    reached: list[Any], tmp_path: Path, clinic_csv: Path
) -> None:
    with served() as double:
        settings = Settings.from_env(
            home=tmp_path / "home", environ={}, llm="local", llm_base_url=double.url, llm_model="d"
        )
        await _project(settings, clinic_csv)
        port = int(double.url.rsplit(":", 1)[1].split("/")[0])
        assert double.received and {tuple(address[:2]) for address in reached} == {
            ("127.0.0.1", port)
        }


def test_the_guard_sees_and_stops(reached: list[Any]) -> None:
    with socket.socket() as one, pytest.raises(OSError, match="stopped"):
        one.connect(("192.0.2.1", 443))
    assert reached == [("192.0.2.1", 443)]


def test_the_page_has_its_own_telemetry_off_and_sums_up_nothing(tmp_path: Path) -> None:
    import gradio as gr

    from synthcraft.ui.app import build_app

    build_app(Settings.from_env(home=tmp_path, environ={}))
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    with gr.Blocks() as blocks:
        assert blocks.analytics_enabled is False
    queue = blocks._queue
    queue.events_recorded = 1000  # nothing of them is summed up
    assert queue.compute_analytics_summary([{"function": "say"}]) == {"functions": {}}
