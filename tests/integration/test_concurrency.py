"""Several at once, going back, and what lies damaged in the workspace."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from synthcraft.agents.learnt import taught
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError, NotFoundError, SessionBusyError, StoreError
from synthcraft.graph.policy_file import PolicyFileWarning
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.audit import AuditLog, Entry, audit_log
from synthcraft.tools.counts import add_counts

Approve = Callable[..., Awaitable[SessionView]]
ASKED = Changes(target="stroke", include=("cart",))
GATES = ["intake", "intent", "parameters", "generation", "evaluation", "refinement"]


@contextmanager
def held(home: Path, session: str) -> Iterator[None]:
    """Hold a project as another process would."""
    handle = os.open(home / "locks" / f"{session}.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def log_of(runner: Runner, session: str) -> AuditLog:
    """The audit log of a project."""
    return audit_log(runner.deps.settings.home, session)


def approvals(entries: list[Entry]) -> list[tuple[str, str]]:
    """(gate, actor) of every approval, oldest first."""
    return [
        (entry.body["gate"], entry.body["actor"])
        for entry in entries
        if entry.body["kind"] == "approval" and entry.body["verdict"] == "approve"
    ]


async def test_a_project_in_other_hands_is_left_alone(
    fresh_runner: Runner, clinic_csv: Path, commands: Any
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED)
    first = (await fresh_runner.history(view.session))[0].checkpoint
    said = Answer(verdict="approve", actor="Dr Test")
    with held(commands.home, view.session):
        code, printed = commands.run("sessions", "resume", view.session, "--approve", "auto")
        assert (code, printed["error"]["code"]) == (2, "E_BUSY")
        assert printed["error"]["message"] == (
            f"Another process is working on project {view.session}."
        )
        for attempt in (
            fresh_runner.resume(view.session),
            fresh_runner.revert(view.session, first),
            fresh_runner.answer(view.session, view.interrupt_id or "", said),
            fresh_runner.delete(view.session),
        ):
            with pytest.raises(SessionBusyError):
                await attempt
    assert await fresh_runner.view(view.session) == view
    view = await fresh_runner.answer(view.session, view.interrupt_id or "", said)
    assert view.waiting_for == "intent"


async def test_two_processes_that_resume_one_project_do_its_work_once(
    fresh_runner: Runner, clinic_csv: Path, commands: Any
) -> None:
    session = (await fresh_runner.start([clinic_csv], ASKED, unattended=True)).session
    both = [commands.start("sessions", "resume", session, "--approve", "auto") for _ in "ab"]
    told = [process.communicate() for process in both]
    ended = sorted(
        ((p.returncode, json.loads(out)) for p, (out, _) in zip(both, told, strict=True)),
        key=lambda pair: pair[0],
    )
    assert ended[0][0] == 0 and ended[0][1]["status"] == "finished", told
    if ended[1][0] != 0:  # the other came while this one was working
        assert ended[1][0] == 2
        assert ended[1][1]["error"]["code"] in ("E_BUSY", "E_STALE_APPROVAL")
    assert all("Traceback" not in said for _, said in told)
    entries = log_of(fresh_runner, session).all()
    assert [gate for gate, _ in approvals(entries)] == [*GATES, "documentation"]
    assert log_of(fresh_runner, session).verify(entries[-1].hash) == []


async def test_projects_side_by_side_in_one_workspace_learn_into_one_file(
    settings: Settings, clinic_csv: Path, approve: Approve
) -> None:
    async with open_runner(settings) as one, open_runner(settings) as two:

        async def project(runner: Runner, seed: int) -> SessionView:
            view = await runner.start([clinic_csv], ASKED, seed=seed, unattended=True)
            return await approve(runner, view)

        views = await asyncio.gather(project(one, 1), project(two, 2), project(one, 3))
        assert [view.status for view in views] == ["finished"] * 3
        states = [await one._snapshot(view.session) for view in views]
        assert len(await two.sessions()) == 3
    learnt = json.loads(settings.policy_file.read_text())
    assert learnt["n_pipelines"] == 3
    taught_by = (add_counts(s.values["counts"], taught(s.values)) for s in states)
    together = reduce(add_counts, taught_by)
    assert any(name.startswith("q|cart|") for name in together)
    assert learnt["counts"] == {key: list(pair) for key, pair in together.items()}


async def test_both_branches_and_their_approvals_stay_in_the_log(
    runner: Runner, clinic_csv: Path, approve: Approve, commands: Any
) -> None:
    view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
    session = view.session
    before = (await approve(runner, view, "parameters")).checkpoint
    left = await approve(runner, await runner.view(session), "refinement")
    back = await runner.revert(session, before)
    changed = Answer(verdict="revise", changes=Changes(rows=90), actor="Dr Other")
    view = await runner.answer(session, back.interrupt_id or "", changed)
    while view.status == "waiting":
        said = Answer(verdict="approve", actor="Dr Other")
        view = await runner.answer(session, view.interrupt_id or "", said)
    assert view.status == "finished"
    log = log_of(runner, session)
    everything = approvals(log.all())
    head = (await runner._snapshot(session)).values["audit_head"]
    branch = approvals(log.lineage(head))
    for gate in ("parameters", "generation", "evaluation"):
        assert {(gate, "Dr Test"), (gate, "Dr Other")} <= set(everything)
    assert branch[:2] == [("intake", "Dr Test"), ("intent", "Dr Test")]
    assert {actor for _, actor in branch[2:]} == {"Dr Other"}
    assert [e.body["step"] for e in log.all() if e.body["kind"] == "revert"] == [back.step]
    assert log.verify(head) == []
    results = await runner.results(session)
    assert [(a["gate"], a["actor"]) for a in results["approvals"] if a["verdict"] == "approve"] == (
        branch
    )
    assert [c.rows for c in view.candidates] == [90] != [c.rows for c in left.candidates]


async def test_a_project_of_which_nothing_was_saved_says_so_and_can_be_deleted(
    fresh_runner: Runner,
) -> None:
    fresh_runner.index.add("0123456789", "clinic.csv")  # and there its process was ended
    with pytest.raises(InputError, match="0123456789 was ended before anything of it was saved"):
        await fresh_runner.resume("0123456789")
    await fresh_runner.delete("0123456789")
    assert await fresh_runner.sessions() == []


async def test_an_unknown_checkpoint_moves_nothing(fresh_runner: Runner, clinic_csv: Path) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED)
    other = await fresh_runner.start([clinic_csv], ASKED)
    for name in ("", "nowhere", other.checkpoint):
        with pytest.raises(NotFoundError, match="checkpoint"):
            await fresh_runner.revert(view.session, name)
    assert await fresh_runner.view(view.session) == view


@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_a_damaged_database_is_named(damage: str, clinic_csv: Path, commands: Any) -> None:
    assert commands.run("run", str(clinic_csv), "--target", "stroke")[0] == 3
    database = commands.home / "sessions.sqlite"
    whole = database.read_bytes()
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)
    database.write_bytes(b"\x00rubbish" * 4096 if damage == "garbage" else whole[: len(whole) // 3])
    for words in (["sessions", "list"], ["run", str(clinic_csv)]):
        code, printed = commands.run(*words)
        assert (code, printed["error"]["code"]) == (1, "E_DATABASE"), printed
        assert "sessions.sqlite" in printed["error"]["message"]
        assert "doctor --repair" in printed["error"]["hint"]


async def test_a_missing_part_of_the_data_is_made_again_after_going_back(
    fresh_runner: Runner, clinic_csv: Path, approve: Approve
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, unattended=True)
    earlier = (await approve(fresh_runner, view, "intent")).checkpoint
    view = await approve(fresh_runner, await fresh_runner.view(view.session), "parameters")
    train = (await fresh_runner._snapshot(view.session)).values["refs"]["train"].sha256
    fresh_runner.deps.store.path(train).unlink()
    view = await approve(fresh_runner, view)
    assert view.status == "failed" and "Go back" in view.message
    assert "can be run again" in view.candidates[0].message
    view = await approve(fresh_runner, await fresh_runner.revert(view.session, earlier))
    assert view.status == "finished"


async def test_a_missing_table_is_a_sentence(
    fresh_runner: Runner, clinic_csv: Path, approve: Approve
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, unattended=True)
    view = await approve(fresh_runner, view, "intent")
    table = (await fresh_runner._snapshot(view.session)).values["refs"]["table"].sha256
    path = fresh_runner.deps.store.path(table)
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises((NotFoundError, StoreError), match=table[:12]):
        changed = Answer(verdict="revise", changes=Changes(target="sex"), actor="Dr Test")
        await fresh_runner.answer(view.session, view.interrupt_id or "", changed)
    path.write_bytes(kept)
    view = await approve(fresh_runner, await fresh_runner.resume(view.session))
    assert view.status == "finished"


async def test_a_truncated_policy_file_is_set_aside(
    settings: Settings, clinic_csv: Path, approve: Approve
) -> None:
    settings.home.mkdir(parents=True)
    settings.policy_file.write_text('{"schema": "emab-stats/1", "cou')
    async with open_runner(settings) as runner:
        with pytest.warns(PolicyFileWarning, match="set aside"):
            view = await runner.start([clinic_csv], ASKED, unattended=True)
        view = await approve(runner, view)
    assert view.status == "finished"
    assert (settings.home / "policy.json.bad-1").read_text().endswith("cou")
    assert json.loads(settings.policy_file.read_text())["n_pipelines"] == 1
