"""One workspace, one database: who deletes files must know of all that leads to them."""

from __future__ import annotations

from pathlib import Path

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.database import Database
from synthcraft.graph.errors import DatabaseError
from synthcraft.graph.project_index import ProjectIndex
from synthcraft.graph.sqlite import FILE, SqliteDatabase
from synthcraft.tools.artifacts import replace_file

MARK = "database.json"
"""Names the server's database that a workspace keeps its projects in; without it, its own file."""


class Kept(Frozen):
    """Where a workspace keeps its projects."""

    identity: str = ""
    name: str = FILE


def kept(home: Path) -> Kept:
    """Where a workspace keeps its projects now."""
    mark = home / MARK
    return Kept.model_validate_json(mark.read_bytes()) if mark.exists() else Kept()


def bound(database: Database, home: Path) -> ProjectIndex:
    """The list of projects in a database, if this workspace keeps its projects there.

    A new workspace and a database without projects belong to each other from now on.

    Raises:
        DatabaseError: the workspace keeps its projects elsewhere, or the database those of another.
    """
    before, index = kept(home), ProjectIndex(database)
    if database.identity == before.identity:
        return index
    if before.identity or listed_in_file(home):
        raise DatabaseError(
            f"This workspace keeps its projects in {before.name}, not in {database.name}.",
            "Name that one with --database or SYNTHCRAFT_DATABASE, choose another --home, or move "
            "them: synthcraft sessions export, then import.",
        )
    if index.all():
        raise DatabaseError(
            f"The projects in {database.name} belong to another workspace.",
            "Servers that share a database share the folder of the workspace too: name it with "
            "--home or SYNTHCRAFT_HOME.",
        )
    bind(database, home)
    return index


def bind(database: Database, home: Path) -> None:
    """From now on the workspace keeps its projects in this database."""
    mark = home / MARK
    if database.identity:
        here = Kept(identity=database.identity, name=database.name)
        replace_file(mark, [here.model_dump_json().encode()])
    else:
        mark.unlink(missing_ok=True)


def listed_in_file(home: Path) -> set[str]:
    """Projects that the workspace's own file has."""
    file = SqliteDatabase(home / FILE)
    return {info.session for info in ProjectIndex(file).all()} if file.path.exists() else set()
