"""`gc` frees what nobody refers to, and nothing that a person can still use."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.history import lineage
from synthcraft.graph.locks import SessionLocks
from synthcraft.graph.retention import COLLECTED, DAYS, collect
from synthcraft.graph.runner import Runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.audit import audit_log
from synthcraft.tools.job_records import JobResult, record_path, save_record
from synthcraft.tools.release.ledger import Release, ReleaseLedger
from synthcraft.ui.cli import app
from synthcraft.ui.commands import gc

ASKED = Changes(target="stroke", include=("cart",), use_case="development")
OLD = time.time() - (DAYS + 1) * 86_400


async def to_the_end(
    runner: Runner, view: SessionView, upto: str = ""
) -> tuple[SessionView, dict[str, str]]:
    """Approve everything; also the checkpoint of each gate."""
    gates = {}
    while view.status == "waiting" and view.waiting_for != upto:
        gates[view.waiting_for or ""] = view.checkpoint
        given = Answer(verdict="approve", actor="Jane")
        view = await runner.answer(view.session, view.interrupt_id or "", given)
    return view, gates


def aged(home: Path) -> None:
    """Nobody has used a file of the workspace for long."""
    for folder in ("artifacts", "jobs"):
        for path in (home / folder).rglob("*"):
            os.utime(path, (OLD, OLD))


async def told(runner: Runner, view: SessionView) -> str:
    """The report, but for its minute, the commit of the program, and ids inside of pictures."""
    html = await runner.report_html(view.session)
    drawn = re.sub(r"base64,([\w+/=]+)", lambda found: str(b64decode(found[1])), html)
    return re.sub(r"\d\d:\d\d UTC|\b[0-9a-f]{40}(-dirty)?\b|\b[hmp][0-9a-f]{10}\b", "", drawn)


def files(home: Path) -> set[Path]:
    return {p for n in ("artifacts", "jobs") for p in (home / n).rglob("*") if p.is_file()}


async def test_branches_that_were_left_are_thinned_to_their_gates(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    runner, home = fresh_runner, fresh_runner.deps.settings.home
    view = await runner.start([clinic_csv], ASKED, seed=1)
    view, gates = await to_the_end(runner, view)
    assert view.status == "finished"
    view = await runner.revert(view.session, gates["evaluation"])
    view, _ = await to_the_end(runner, view)
    lines = await lineage(runner.graph, view.session)
    report, replayed = await told(runner, view), await runner.replay(view.session)
    aged(home)
    before = files(home)
    planned = await collect(runner, dry_run=True)
    assert await lineage(runner.graph, view.session) == lines and files(home) == before
    assert not audit_log(home, COLLECTED).path.exists()
    done = await collect(runner)
    assert done == planned and done.thinned == (view.session,)
    kept = await lineage(runner.graph, view.session)
    assert 10 < done.checkpoints == len(lines) - len(kept) and done.writes > 100
    gone = {line.checkpoint for line in lines} - {line.checkpoint for line in kept}
    for line in lines:
        assert (line.checkpoint in gone) == (
            not line.on_head and line.node in ("choose", "work")
        ), line
    assert {line.parent for line in kept} & gone == set()
    assert [line.on_head for line in kept if line.on_head] == [
        line.on_head for line in lines if line.on_head
    ]
    assert files(home) == before, "everything is referred to"
    assert await told(runner, view) == report
    assert await runner.replay(view.session) == replayed
    left = next(line for line in kept if not line.on_head and line.node == "propose")
    with pytest.raises(NotFoundError):
        await runner.revert(view.session, gone.pop())  # the runner remembers it, the disk does not
    back = await runner.revert(view.session, left.checkpoint)
    again, _ = await to_the_end(runner, back)
    assert again.status == "finished"
    assert (await collect(runner)).checkpoints > 0  # the branch that has been left just now
    assert (await collect(runner)).checkpoints == 0
    assert len(audit_log(home, COLLECTED).all()) == 3
    assert audit_log(home, COLLECTED).verify() == []


async def test_only_what_nobody_refers_to_goes(fresh_runner: Runner, clinic_csv: Path) -> None:
    runner, home, store = fresh_runner, fresh_runner.deps.settings.home, fresh_runner.deps.store
    view = await runner.start([clinic_csv], ASKED, seed=1)
    table = (await runner.graph.aget_state({"configurable": {"thread_id": view.session}})).values[
        "refs"
    ]["table"]
    mine = files(home)
    stray = store.put_bytes(b"nobody's", "x")
    released = store.put_bytes(b"released", "x")
    said = ("session", "data", "candidate", "decision", "terms", "until", "steward")
    about = dict.fromkeys(said, "x") | {"sha256": released.sha256, "tier": "public"}
    ReleaseLedger(home).add(Release.model_validate(about))
    made = store.put_bytes(b"made by a step that has not ended", "x")
    key, stranger = "a" * 64, "b" * 64
    inputs = {"table": table.sha256}
    save_record(home, JobResult(key=key, status="ok", inputs=inputs, outputs={"x": made}))
    save_record(home, JobResult(key=stranger, status="ok", outputs={"x": stray}))
    young = store.put_bytes(b"young", "x")
    aged(home)
    os.utime(store.path(young.sha256))
    done = await collect(runner)
    assert done.files == 2 and done.bytes > len(b"nobody's")
    assert not store.has(stray.sha256) and not record_path(home, stranger).exists()
    assert mine <= files(home) and store.has(released.sha256) and store.has(young.sha256)
    assert store.has(made.sha256) and record_path(home, key).exists()
    await to_the_end(runner, view)
    aged(home)
    assert (await collect(runner)).files == 3  # the job of the step that has ended, and `young`


async def test_who_works_is_left_alone(fresh_runner: Runner, clinic_csv: Path) -> None:
    runner, home = fresh_runner, fresh_runner.deps.settings.home
    view = await runner.start([clinic_csv], ASKED, seed=1)
    database = home / "sessions.sqlite"
    count = "SELECT count(*) FROM writes"
    with closing(sqlite3.connect(database)) as connection:
        before = connection.execute(count).fetchone()
        async with SessionLocks(home / "locks").hold(view.session):  # as another process would
            done = await collect(runner)
        assert done.busy == (view.session,) and done.writes == done.checkpoints == 0
        assert connection.execute(count).fetchone() == before
    assert (await collect(runner)).writes > 0


def test_what_is_used_while_it_is_deleted_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthcraft.graph import retention

    store = ArtifactStore(tmp_path)
    path = store.path(store.put_bytes(b"x", "x").sha256)
    os.utime(path, (OLD, OLD))
    real = os.replace

    def raced(source: Path, target: Path) -> None:
        if source == path:
            store.put_bytes(b"x", "x")
        real(source, target)

    monkeypatch.setattr(retention.os, "replace", raced)
    assert retention._deleted(path, time.time() - 60) is None
    assert path.read_bytes() == b"x"
    monkeypatch.undo()
    os.utime(path, (OLD, OLD))
    assert retention._deleted(path, time.time() - 60) == 1 and not path.exists()


@pytest.fixture
def stray(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    store = ArtifactStore(home / "artifacts")
    path = store.path(store.put_bytes(b"x" * 2**20, "x").sha256)
    os.utime(path, (OLD, OLD))
    yield path


def test_the_command_says_what_it_freed(stray: Path, tmp_path: Path) -> None:
    words = ["gc", "--home", str(tmp_path / "home")]
    said = CliRunner().invoke(app, [*words, "--dry-run"])
    assert said.exit_code == 0 and "Would free 1 files" in said.stdout and stray.exists()
    done = CliRunner().invoke(app, [*words, "--json", "--actor", "Jane"])
    found = json.loads(done.stdout)
    assert (found["files"], found["bytes"], found["dry_run"]) == (1, 2**20, False)
    assert not stray.exists()
    (entry,) = audit_log(tmp_path / "home", COLLECTED).all()
    assert (entry.body["actor"], entry.body["files"]) == ("Jane", 1)
    assert gc.DAYS == DAYS
    assert asyncio.iscoroutinefunction(collect)
