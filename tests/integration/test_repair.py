"""`doctor --repair` on real damage: what can be mended is, nothing that could be missed is lost."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from typer.testing import CliRunner

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.policy_file import PolicyFile, write
from synthcraft.graph.runner import open_runner
from synthcraft.graph.views import SessionView
from synthcraft.tools.audit import audit_log
from synthcraft.ui.cli import app

Approve = Callable[..., Awaitable[SessionView]]
ASKED = Changes(target="stroke", include=("cart",), preset="quick")
JOB = "ab" + "0" * 62


def doctor(home: Path, *words: str) -> dict[str, str]:
    """Kind and name of every damage -> what became of it."""
    done = CliRunner().invoke(app, ["doctor", "--json", "--home", str(home), *words])
    told = json.loads(done.stdout)
    grave = [one for one in told["damage"] if one["grave"]]
    assert told["healthy"] is (not grave) and done.exit_code == (2 if grave else 0)
    assert all(one["message"].endswith(".") for one in told["damage"])
    return {f"{one['kind']}: {one['what']}": one["state"] for one in told["damage"]}


def files(home: Path) -> dict[str, bytes]:
    """Every file but what SQLite lays beside a database that is open."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.startswith("sessions.sqlite-")
    }


@contextmanager
def held(path: Path) -> Iterator[None]:
    """A file that a living process works on."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def put(path: Path, data: bytes = b"half") -> Path:
    """A file with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def append(path: Path) -> bytes:
    """Half a line at the end of a log; what was there before."""
    before = path.read_bytes()
    path.write_bytes(before + b'{"seq":')
    return before


def test_a_workspace_without_damage_is_told_so(tmp_path: Path) -> None:
    assert doctor(tmp_path / "new") == doctor(tmp_path / "new", "--repair") == {}


def test_what_a_dead_process_left_goes_and_what_lives_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    put(home / "artifacts" / "aa" / ".tmp-dead1234")
    living = put(home / "artifacts" / "aa" / ".tmp-live1234")
    put(home / "work" / "cd0000000000-11111111" / "rows.csv")
    work = put(home / "work" / f"{JOB[:12]}-22222222" / "rows.csv")
    put(home / "work" / "cluster-0123456789abcdef" / "sign")  # where a cluster is met
    put(home / "locks" / "0123456789.lock", b"")
    lock, job = home / "locks" / "9876543210.lock", put(home / "jobs" / "ab" / f"{JOB}.lock")
    put(home / "jobs" / "ef" / f"ef{JOB[2:]}.lock", b"")
    put(home / "jobs" / "ee" / f"ee{JOB[2:]}.json", b'{"key": "ee')
    put(home / ".policy.json.x1")
    put(home / "policy.json.lock", b"")
    expected = {
        "half-written file: artifacts/aa/.tmp-dead1234",
        "half-written file: .policy.json.x1",
        "work folder: work/cd0000000000-11111111",
        f"record of a job: jobs/ee/ee{JOB[2:]}.json",
        "stale lock: locks/0123456789.lock",
        f"stale lock: jobs/ef/ef{JOB[2:]}.lock",
    }
    with held(living), held(lock), held(job):
        before = files(home)
        assert doctor(home) == dict.fromkeys(expected, "found")
        assert files(home) == before
        assert doctor(home, "--repair") == dict.fromkeys(expected, "mended")
        assert living.exists() and lock.exists() and job.exists() and work.exists()
        assert doctor(home) == {}
    (aside,) = (home / "aside").glob(f"*/jobs/ee/ee{JOB[2:]}.json")
    assert aside.read_bytes() == b'{"key": "ee'


async def _begun(settings: Settings, table: Path, approve: Approve, until: str) -> SessionView:
    async with open_runner(settings) as runner:
        view = await runner.start([table], ASKED, seed=1, unattended=True)
        return await approve(runner, view, until)


async def test_damage_of_projects_is_mended_or_named(
    settings: Settings, clinic_csv: Path, approve: Approve
) -> None:
    view = await _begun(settings, clinic_csv, approve, "generation")
    home, session = settings.home, view.session
    async with open_runner(settings) as runner:
        state = (await runner._snapshot(session)).values
        earlier = next(
            line.checkpoint
            for line in await runner.history(session)
            if line.node == "propose" and line.episode == "intake"
        )
        for name in ("1111111111", "2222222222"):
            runner.index.add(name, "clinic.csv")
        runner.index.remove(session)
        train = runner.deps.store.path(state["refs"]["train"].sha256)
        made = runner.deps.store.path(view.candidates[0].sha256)
    put(home / "audit" / "2222222222.jsonl", b"")
    train.unlink()
    made.write_bytes(made.read_bytes()[:-9])
    logs = {path: append(path) for path in (home / "audit" / f"{session}.jsonl",)}
    logs |= {path: append(path) for path in (home / "anchors" / f"{session}.jsonl",)}
    write(settings.policy_file, PolicyFile.of({}, 3))
    settings.policy_file.rename(home / "policy.json.prev")
    put(settings.policy_file, b'{"schema')
    mended = {
        f"stored file: {made.relative_to(home)}",
        f"half-written line: audit/{session}.jsonl",
        f"half-written line: anchors/{session}.jsonl",
        "learnt counts: policy.json",
        f"project: {session}",
        "project: 1111111111",
    }
    left = {"project: 2222222222": "left", f"missing file: {session}": "left"}
    aside = {"learnt counts: policy.json.bad-1": "left"}
    assert _run(doctor, home, "--repair") == dict.fromkeys(mended, "mended") | left | aside
    assert _run(doctor, home, "--repair") == left | aside
    assert {path: path.read_bytes() for path in logs} == logs
    assert json.loads(settings.policy_file.read_text())["n_pipelines"] == 3
    async with open_runner(settings) as runner:
        info = runner.info(session)
        assert (info.name, info.status, info.waiting_for) == ("clinic.csv", "waiting", "generation")
        assert not runner.index.claim_learning(session)
        again = await approve(runner, await runner.revert(session, earlier), "generation")
        assert again.candidates[0].sha256 == view.candidates[0].sha256
        assert again.candidates[0].status == "ok"
        head = (await runner._snapshot(session)).values["audit_head"]
        assert audit_log(home, session).verify(head) == []
    assert _run(doctor, home) == {"project: 2222222222": "left"} | aside


def _run(call: Callable[..., Any], *words: Any) -> Any:
    """A command of its own thread, as it runs a loop of its own."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call, *words).result()


def _cut(database: Path) -> None:
    os.truncate(database, database.stat().st_size * 3 // 4)


def _overwritten(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(database.stat().st_size // 2)
        file.write(b"\xff" * 8192)


def _rubbish(database: Path) -> None:
    database.write_bytes(b"\x00rubbish" * 4096)


@pytest.mark.parametrize("damage", [_cut, _overwritten, _rubbish])
async def test_a_damaged_database_is_saved_as_far_as_it_can_be_read(
    damage: Callable[[Path], None], settings: Settings, clinic_csv: Path, approve: Approve
) -> None:
    view = await _begun(settings, clinic_csv, approve, "parameters")
    database = settings.home / "sessions.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(database)
    broken = database.read_bytes()
    assert _run(doctor, settings.home) == {"database: sessions.sqlite": "found"}
    assert database.read_bytes() == broken
    became = _run(doctor, settings.home, "--repair")
    assert became.pop("database: sessions.sqlite") == "mended"
    (aside,) = settings.home.glob("aside/*/sessions.sqlite")
    assert aside.read_bytes() == broken
    assert not list(settings.home.glob(".tmp-*"))
    async with open_runner(settings) as runner:
        listed = [info.session for info in await runner.sessions()]
        if damage is _rubbish:
            assert listed == [] and became == {f"stale lock: locks/{view.session}.lock": "mended"}
            view = await runner.start([clinic_csv], ASKED, seed=1, unattended=True)
        else:
            assert listed == [view.session]
        view = await approve(runner, await runner.resume(view.session), "generation")
        assert view.candidates[0].status == "ok"


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from synthcraft.graph.sqlite import open_checkpointer
from synthcraft.graph.session_index import SessionIndex
async def main():
    async with open_checkpointer(Path(sys.argv[1])):
        SessionIndex(Path(sys.argv[1])).add("0123456789", "clinic.csv")
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.mark.parametrize("moved", [False, True])
def test_the_last_steps_of_a_killed_process_are_taken_in_or_kept(
    moved: bool, tmp_path: Path
) -> None:
    database = put(tmp_path / "home" / "sessions.sqlite", b"")
    assert subprocess.run([sys.executable, "-c", KILLED, str(database)]).returncode == -SIGKILL
    log = Path(f"{database}-wal")
    last = log.read_bytes()
    assert last
    if moved:
        database.unlink()
    before = doctor(database.parent)
    assert before.pop("database: sessions.sqlite-wal") == "found" and log.read_bytes() == last
    after = doctor(database.parent, "--repair")
    assert after.pop("database: sessions.sqlite-wal") == "mended"
    assert not log.exists() or not log.stat().st_size
    if moved:
        (aside,) = (tmp_path / "home").glob("aside/*/sessions.sqlite-wal")
        assert aside.read_bytes() == last
    else:  # it was ended before anything of the project was saved
        assert before == {"project: 0123456789": "found"}
        assert after == {"project: 0123456789": "mended"}
    assert doctor(database.parent) == {}
