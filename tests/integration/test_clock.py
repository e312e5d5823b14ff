"""A clock that was set back between two processes: no step is lost, no gate opens again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from langgraph.checkpoint.base import id as ids

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.audit import audit_log

ASKED = Changes(target="stroke", include=("cart",))
DAY_NS = 86_400 * 10**9
YES = Answer(verdict="approve", actor="Dr Test")


def set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day earlier, in a process that has made no id yet."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() - DAY_NS)
    monkeypatch.setattr(ids, "_last_v6_timestamp", None)


@pytest.mark.parametrize("back", [False, True])
async def test_a_project_goes_on_after_the_clock_was_set_back(
    back: bool,
    settings: Settings,
    clinic_csv: Path,
    approve: Callable[..., Awaitable[SessionView]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_runner(settings) as runner:
        view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
        first = (await runner.history(view.session))[1].checkpoint
        view = await approve(runner, view, "intent")
    set_back(monkeypatch)
    async with open_runner(settings) as runner:
        if back:
            view = await runner.revert(view.session, first)
            assert (view.step, view.status) == (1, "interrupted")
            view = await approve(runner, await runner.resume(view.session), "intent")
        view = await runner.view(view.session)
        assert view.waiting_for == "intent"
        view = await runner.answer(view.session, view.interrupt_id or "", YES)
        assert view.waiting_for == "parameters"
        lines = await runner.history(view.session)
        assert lines[-1].checkpoint == view.checkpoint and lines[-1].on_head
        head = (await runner._snapshot(view.session)).values["audit_head"]
        assert audit_log(settings.home, view.session).verify(head) == []
