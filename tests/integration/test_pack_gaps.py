"""Reports and packs of projects that did not go well: they come out and say what is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.executors import LocalExecutor
from synthcraft.tools.worker_client import WorkerClient
from synthcraft.ui.cli import app

Approve = Callable[..., Awaitable[SessionView]]
YES = Answer(verdict="approve", actor="Dr Test")


def worker(runner: Runner) -> WorkerClient | None:
    """The process that does the jobs, once there is one."""
    executor = runner.deps.jobs.executor
    assert isinstance(executor, LocalExecutor)
    return executor._worker


def at_work(runner: Runner) -> list[str]:
    """Jobs that are not done yet."""
    found = worker(runner)
    return list(found._tickets) if found else []


async def left_hanging(runner: Runner, work: Awaitable[SessionView]) -> asyncio.Task[SessionView]:
    """The run, once the engine that never ends is all that it waits for."""
    task = asyncio.ensure_future(work)
    made = runner.deps.settings.home / "jobs"
    while len(at_work(runner)) != 1 or not list(made.rglob("*.json")):
        assert not task.done(), task
        await asyncio.sleep(0.05)
    return task


async def packed(runner: Runner, session: str, out: Path) -> tuple[str, str]:
    """What the README of the steward's pack says is missing, and the report in it."""
    await runner.export(session, out, "steward")
    missing = (out / "README.md").read_text().partition("## What is missing")[2]
    return missing, (out / "report.html").read_text()


def log_holds(session: str, audit: Path) -> bool:
    """Whether the log of a pack verifies with what lies beside it."""
    words = ["audit", "verify", str(audit / f"{session}.jsonl"), "--key", str(audit / "key.pem")]
    done = CliRunner().invoke(app, [*words, "--anchor", str(audit / "anchors.jsonl"), "--json"])
    return done.exit_code == 0 and json.loads(done.output)["intact"] is True


async def test_a_run_that_was_stopped_then_cancelled_in_part_then_taken_back(
    settings: Settings, faults: str, clinic_csv: Path, approve: Approve, tmp_path: Path
) -> None:
    asked = Changes(target="stroke", include=("cart", "raises", "hangs"), tier="quick")
    async with open_runner(settings.model_copy(update={"parallel": 3})) as runner:
        runner.deps.jobs.executor.modules = (faults,)
        view = await approve(runner, await runner.start([clinic_csv], asked, seed=1), "parameters")
        card, session = view.checkpoint, view.session
        task = await left_hanging(runner, runner.answer(session, view.interrupt_id or "", YES))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        told, html = await packed(runner, session, tmp_path / "stopped")
        assert "not finished: interrupted" in told and "No generator has run to its end" in told
        assert "The step gen_fast was stopped before its end" in told
        assert "No generator has run" in html

        task = await left_hanging(runner, runner.resume(session))
        hanging = worker(runner)
        assert hanging is not None
        hanging._send({"cancel": at_work(runner)[0]})
        view = await approve(runner, await task)
        assert view.status == "finished"
        told, html = await packed(runner, session, tmp_path / "cancelled")
        for name, words in (("raises", "failed. A calculation"), ("hangs", "cancelled. The job")):
            assert f"{name}-1 has no table: {words}" in told
        assert "<strong>hangs-1</strong> (cancelled): The job was cancelled." in html
        assert len(list((tmp_path / "cancelled" / "synthetic").glob("*.parquet"))) == 1
        assert log_holds(session, tmp_path / "cancelled" / "audit")

        await runner.revert(session, card, "Dr Test")
        told, html = await packed(runner, session, tmp_path / "back")
    assert "No generator has run to its end on the branch that stands" in told
    assert "The project went back once: the log holds every branch" in told
    assert "1 earlier branch was" in html and "left by going back to a checkpoint" in html
    assert not (tmp_path / "back" / "synthetic").exists()
    assert log_holds(session, tmp_path / "back" / "audit")
    log = (tmp_path / "back" / "audit" / f"{session}.jsonl").read_text()
    assert '"kind":"revert"' in log and '"action":"draft_report"' in log, "a branch was lost"
