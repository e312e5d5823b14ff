"""Projects move between databases in a file: what the list and the checkpoints hold of them.

Stored files, logs and jobs stay in the workspace, which is the same before and after.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from synthcraft.graph.build import compile_graph
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.database import Database, database_of, marks
from synthcraft.graph.errors import DatabaseError, InputError
from synthcraft.graph.history import config_of
from synthcraft.graph.home import bind, bound, kept, listed_in_file
from synthcraft.graph.moved_rows import FORM, KEYS, LINES, Header, Line, columns_of, table_of
from synthcraft.graph.project_index import ProjectIndex
from synthcraft.graph.snapshots import state_of
from synthcraft.tools.artifacts import ArtifactStore, private_folder, replace_file

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from synthcraft.graph.deps import Settings
    from synthcraft.graph.persistence import Checkpointer
    from synthcraft.graph.runner import Runner

_LINE = 128 * 2**20
"""Bytes that a line may have."""


class Moved(Frozen):
    """What was written to a file or taken from one."""

    sessions: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Projects that stand on stored files that are not in this workspace."""


async def export_projects(runner: Runner, file: Path, sessions: Iterable[str] = ()) -> Moved:
    """Write projects to a file, all if none is named; they stay where they are.

    Raises:
        SessionBusyError: somebody works on one of them.
    """
    listed = tuple(info.session for info in await runner.sessions())
    chosen = tuple(runner.index.find(name) for name in sessions) or listed
    header = Header(synthcraft_projects=FORM, identity=runner.database.identity, listed=listed)
    packed = [_packed([header])]
    for session in chosen:
        async with runner.locks.hold(session):
            lines = _lines_of(runner.database, session)
            packed.append(await asyncio.to_thread(_packed, lines))
    await asyncio.to_thread(replace_file, file, packed)
    return Moved(sessions=chosen)


def _packed(lines: Iterable[Header | Line]) -> bytes:
    """A part of a file that can stand alone; parts one after the other are a file too."""
    return gzip.compress(b"".join(line.model_dump_json().encode() + b"\n" for line in lines))


def _lines_of(database: Database, session: str) -> Iterator[Line]:
    """Every row of a project, its line in the list first."""
    for kind, key in KEYS.items():
        columns = columns_of(kind)
        sql = f"SELECT {', '.join(columns)} FROM {table_of(kind)} WHERE {key} = ?"
        for row in database.run(sql, (session,)):
            yield kind.model_construct(**dict(zip(columns, row, strict=True)))


async def import_projects(settings: Settings, file: Path) -> Moved:
    """Take the projects of a file into the database that the settings name: all or none.

    If the workspace kept its projects elsewhere, it keeps them here from now on.

    Raises:
        InputError: the file is no file of projects, or one of them is there already.
        DatabaseError: the workspace has projects that the file has not.
    """
    database = database_of(settings)
    private_folder(settings.home)
    async with database.opened() as saver:
        sessions = await asyncio.to_thread(_taken_in, database, settings.home, file)
        store = ArtifactStore(settings.home / "artifacts")
        missing = [name for name in sessions if not await _stands(saver, store, name)]
    return Moved(sessions=sessions, missing=tuple(missing))


def _taken_in(database: Database, home: Path, file: Path) -> tuple[str, ...]:
    with _told(file):  # everything is read once before anything is written
        with gzip.open(file) as stream:
            header = Header.model_validate_json(stream.readline(_LINE))
        if header.synthcraft_projects != FORM:
            raise InputError(
                f"The file {file.name} was written by another version of SynthCraft.",
                "Use the same version here as there.",
            )
        sessions = tuple(dict.fromkeys(_project(line) for line in _read(file)))
    _check(database, home, header, sessions)
    with _told(file), database.together() as run:
        for line in _read(file):
            columns = columns_of(type(line))
            run(
                f"INSERT INTO {table_of(type(line))} ({', '.join(columns)})"
                f" VALUES ({marks(columns)})",
                [getattr(line, name) for name in columns],
            )
    bind(database, home)
    return sessions


def _check(database: Database, home: Path, header: Header, sessions: tuple[str, ...]) -> None:
    """Nothing is there twice, and nothing of the workspace is lost sight of."""
    before, there = kept(home), ProjectIndex(database).all()
    if double := {info.session for info in there}.intersection(sessions):
        raise InputError(
            f"The project {min(double)} is in {database.name} already; nothing was taken in.",
            "Delete it there first, or export the others alone.",
        )
    if before.identity == database.identity:
        return
    if there:
        bound(database, home)  # says whose they are
    listed = listed_in_file(home) if not before.identity else set(header.listed)
    if before.identity not in ("", header.identity) or not listed <= set(sessions):
        raise DatabaseError(
            f"The file has not all projects that this workspace keeps in {before.name}.",
            "Export all of them from there, then import that file.",
        )


def _read(file: Path) -> Iterator[Line]:
    """Lines of a file after its header, each checked; what is of a project follows its own line."""
    known = set[str]()
    with gzip.open(file) as stream:
        stream.readline(_LINE)
        while text := stream.readline(_LINE):
            line = LINES.validate_json(text)
            if table_of(type(line)) == "synthcraft_sessions":
                known.add(_project(line))
            elif _project(line) not in known:
                raise ValueError("a line belongs to no project of the file")
            yield line


def _project(line: Line) -> str:
    return str(getattr(line, KEYS[type(line)]))


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """What is wrong with a file becomes a sentence."""
    try:
        yield
    except (OSError, EOFError, zlib.error, ValueError, ValidationError) as error:
        raise InputError(
            f"The file {file.name} holds no projects as SynthCraft writes them, or is cut off.",
            "Write it again with `synthcraft sessions export`; nothing of it was taken in.",
        ) from error


async def _stands(saver: Checkpointer, store: ArtifactStore, session: str) -> bool:
    """Whether every stored file that a project refers to is there."""
    config = cast("RunnableConfig", config_of(session))
    state = state_of(await compile_graph(saver).aget_state(config))
    return all(store.has(ref.sha256) for ref in state.get("refs", {}).values())
