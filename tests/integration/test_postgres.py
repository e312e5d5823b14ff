"""Projects in PostgreSQL: the tests of SQLite again, and what a server alone can do wrong."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.database import Database, database_of
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import DatabaseError, InputError, SessionBusyError, SynthCraftError
from synthcraft.graph.history import config_of
from synthcraft.graph.moving import export_projects, import_projects
from synthcraft.graph.repair import examine
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.views import Answer, SessionView
from synthcraft.ui.commands.options import read_settings
from tests.integration import test_concurrency, test_crash, test_deletion, test_retention
from tests.integration.test_crash import wait_for
from tests.postgres_server import PostgresServer

ASKED = Changes(target="stroke", include=("cart",))
YES = Answer(verdict="approve", actor="Dr Test")
TABLES = ("synthcraft_sessions", "checkpoints", "writes")

# Tests of the file, on a server: a whole run by two processes, a kill and a resume, going back and
# thinning, a deletion.
test_two_processes = test_concurrency.test_two_processes_that_resume_one_project_do_its_work_once
test_a_killed_run = test_crash.test_a_killed_fit_is_resumed_and_finished_work_is_not_repeated
test_branches = test_retention.test_branches_that_were_left_are_thinned_to_their_gates
test_a_shared_deletion = (
    test_deletion.test_a_project_is_not_deleted_from_under_another_on_the_same_data
)


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """A database on the server."""
    return postgres.fresh()


def everything(database: Database) -> dict[str, list[Any]]:
    """All that a database holds of projects."""
    return {table: sorted(database.run(f"SELECT * FROM {table}")) for table in TABLES}


async def test_nothing_of_a_deleted_project_is_left_in_the_tables(
    fresh_runner: Runner, clinic_csv: Path, postgres: PostgresServer
) -> None:
    view = await fresh_runner.start([clinic_csv], ASKED, prompt="with a \0 in it", title="Mine")
    view = await fresh_runner.answer(view.session, view.interrupt_id or "", YES)
    assert all(everything(fresh_runner.database).values())
    home = fresh_runner.deps.settings.home
    for path in (p for p in home.rglob("*") if p.is_file()):
        assert postgres.password.encode() not in path.read_bytes(), path
    await fresh_runner.delete(view.session)
    fresh_runner.database.shrink()
    assert everything(fresh_runner.database) == {table: [] for table in TABLES}


async def test_the_doctor_mends_the_projects_of_a_server(
    fresh_runner: Runner, clinic_csv: Path
) -> None:
    """One that the list lost comes back, one without a step goes, and a lost table is named."""
    runner = fresh_runner
    view = await runner.start([clinic_csv], ASKED)
    runner.index.add("aa11bb22cc", "never begun")
    runner.index.remove(view.session)

    async def found(repair: bool) -> set[tuple[str, str]]:
        settings = runner.deps.settings
        looks = examine(settings.home, repair, database_of(settings))
        return {(one.what, one.state) for one in await asyncio.to_thread(list, looks)}

    assert await found(repair=False) == {("aa11bb22cc", "found"), (view.session, "found")}
    assert await found(repair=True) == {("aa11bb22cc", "mended"), (view.session, "mended")}
    assert await found(repair=False) == set()
    assert [info.session for info in await runner.sessions()] == [view.session]
    table = (await runner.graph.aget_state(config_of(view.session))).values["refs"]["table"]
    runner.deps.store.path(table.sha256).unlink()
    assert await found(repair=True) == {(view.session, "left")}


async def test_who_has_lost_the_lock_writes_no_more(settings: Settings, database: str) -> None:
    mine, other = database_of(settings), database_of(settings)
    async with mine.opened() as saver:
        locks, theirs = mine.locks(settings.home), other.locks(settings.home)
        place: Any = {"configurable": {"thread_id": "p", "checkpoint_ns": "", "checkpoint_id": "c"}}
        async with locks.hold("p"):
            assert theirs.held("p") and not theirs.held("q")
            with pytest.raises(SessionBusyError, match="Another process is working on project p"):
                async with theirs.hold("p"):
                    pass
            await saver.aput_writes(place, [("plan", 1)], "t1")
            other.run("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
            async with theirs.hold("p"):
                with pytest.raises(DatabaseError, match="cannot be reached"):
                    await saver.aput_writes(place, [("plan", 2)], "t2")
        assert not theirs.held("p")
        assert len(mine.run("SELECT * FROM writes")) == 1


async def test_a_step_that_is_cut_off_is_saved_whole(settings: Settings) -> None:
    database = database_of(settings)
    async with database.opened() as saver:
        place: Any = {"configurable": {"thread_id": "p", "checkpoint_ns": "", "checkpoint_id": "c"}}
        work = saver.aput_writes(place, [("plan", 1), ("gate", 2)], "t1")
        with database.together() as run:
            run("LOCK TABLE writes")
            task = asyncio.create_task(work)  # type: ignore[arg-type]
            waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
            await asyncio.to_thread(wait_for, lambda: bool(database.run(waits)))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.to_thread(wait_for, lambda: bool(database.run("SELECT 1 FROM writes")))
        rows = database.run("SELECT channel FROM writes ORDER BY idx")
        assert rows == [("plan",), ("gate",)]


def test_each_trouble_is_a_sentence(
    settings: Settings, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(address: str = settings.database) -> str:
        with pytest.raises(SynthCraftError) as caught:
            named = read_settings(settings.home, database=address)
            database_of(named).identity  # noqa: B018
        assert caught.value.exit_code == 2 and caught.value.hint
        assert "canary-Pa55" not in str(caught.value) + repr(caught.value.__cause__)
        return caught.value.message

    assert "begins with one of sqlite:, postgresql:" in said("mysql://u@h/d")
    for address in ("postgresql://u:canary-Pa55@h/d", "postgresql://h/d?password=canary-Pa55"):
        assert "a password does not belong into the address" in said(address)
    assert "does not let us into" in said(f"{postgres.host}/nowhere")
    assert "cannot be reached" in said("postgresql://u@127.0.0.1:1/d")
    database_of(settings).identity  # noqa: B018
    number = settings.database.rpartition("/")[2]
    postgres.sql("INSERT INTO synthcraft.checkpoint_migrations VALUES (99)", number)
    assert "made by a newer version of SynthCraft" in said()
    monkeypatch.setenv("PGPASSWORD", "canary-Pa55-but-wrong")
    assert "does not know this user with this password" in said()
    monkeypatch.delenv("PGPASSWORD")
    assert "asks for a password" in said()
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "synthcraft.graph.postgres")
    assert "the package for it is not installed" in said()


async def test_projects_move_to_a_server_and_back(
    tmp_path: Path, clinic_csv: Path, database: str
) -> None:
    settings = Settings.from_env(tmp_path / "home", {}, actor="Dr Test")
    server = settings.model_copy(update={"database": database})
    there, back, half = (tmp_path / name for name in ("there.gz", "back.gz", "half.gz"))
    async with open_runner(settings) as runner:
        first = await runner.start([clinic_csv], ASKED, seed=1, title="Mine")
        second = await runner.start([clinic_csv], ASKED, seed=2)
        before = everything(runner.database)
        await export_projects(runner, there)
        await export_projects(runner, half, [second.session])
        with pytest.raises(InputError, match=r"is in sessions\.sqlite already"):
            await import_projects(settings, there)
    with pytest.raises(DatabaseError, match=r"keeps its projects in sessions.sqlite, not in"):
        async with open_runner(server):
            pass
    with pytest.raises(DatabaseError, match="has not all projects"):
        await import_projects(server, half)
    assert (await import_projects(server, there)).missing == ()
    with pytest.raises(DatabaseError, match=r"keeps its projects in projects\d+ on 127"):
        async with open_runner(settings):
            pass
    with pytest.raises(DatabaseError, match="belong to another workspace"):
        async with open_runner(server.model_copy(update={"home": tmp_path / "other"})):
            pass
    async with open_runner(server) as runner:
        assert everything(runner.database) == before
        assert await runner.view(first.session) == first
        moved = await runner.answer(first.session, first.interrupt_id or "", YES)
        assert moved.waiting_for == "intent"
        await export_projects(runner, back)
    (settings.home / "sessions.sqlite").unlink()
    await import_projects(settings, back)
    async with open_runner(settings) as runner:
        assert await runner.view(first.session) == moved
        assert len(await runner.sessions()) == 2


class _Opened:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line, trace: line | {"type": "pickle", "checkpoint": _packed(_Opened(trace))},
        lambda line, trace: line | {"type": "json", "checkpoint": "e30="},
        lambda line, trace: line | {"thread_id": "../../x"},
        lambda line, trace: line | {"thread_id": "abcdef"},
        lambda line, trace: line | {"checkpoint": line["checkpoint"][:40]},
    ],
    ids=["pickle", "json", "path", "stranger", "cut off"],
)
async def test_a_file_that_is_not_ours_is_not_taken_in(
    spoil: Callable[[dict[str, Any], Path], dict[str, Any]],
    started_project: tuple[Path, SessionView],
    tmp_path: Path,
) -> None:
    file, trace = tmp_path / "spoilt.gz", tmp_path / "trace"
    text = gzip.decompress(started_project[0].read_bytes())
    lines = [json.loads(line) for line in text.splitlines()]
    place = next(n for n, line in enumerate(lines) if line.get("table") == "checkpoints")
    lines[place] = spoil(lines[place], trace)
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    settings = Settings.from_env(tmp_path / "new", {})
    with pytest.raises(InputError, match=r"spoilt.gz holds no projects as SynthCraft writes them"):
        await import_projects(settings, file)
    assert not trace.exists()
    assert database_of(settings).run("SELECT * FROM checkpoints") == []


def _packed(thing: object) -> str:
    return base64.b64encode(pickle.dumps(thing)).decode()


@pytest.fixture(scope="module")
async def started_project(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, SessionView]:
    """A file with a project at its first gate."""
    from tests.conftest import clinic

    folder = tmp_path_factory.mktemp("exported")
    clinic().to_csv(folder / "clinic.csv", index=False)
    async with open_runner(Settings.from_env(folder / "home", {})) as runner:
        view = await runner.start([folder / "clinic.csv"], ASKED)
        await export_projects(runner, folder / "projects.gz")
    return folder / "projects.gz", view
