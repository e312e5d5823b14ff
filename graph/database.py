"""What is needed of a database of projects, and which kinds there are."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synthcraft.graph.errors import DatabaseError

if TYPE_CHECKING:
    from synthcraft.graph.deps import Settings
    from synthcraft.graph.persistence import Checkpointer
    from synthcraft.graph.project_locks import ProjectLocks

Row = tuple[Any, ...]


class Run(Protocol):
    """Runs one statement, with `?` where a value goes, and returns its rows."""

    def __call__(self, sql: str, values: Sequence[object] = (), /) -> list[Row]:
        """The rows, if the statement gives any."""


class Database(Protocol):
    """Checkpoints and the list of projects, with what keeps two processes off one project.

    Statements wait for the database: run them in a thread, never between two steps of the event
    loop that somebody else's statement may be waiting for.
    """

    @property
    def name(self) -> str:
        """What people know it by; never a password."""

    @property
    def identity(self) -> str:
        """What tells it from every other one; empty for the file of a workspace."""

    def run(self, sql: str, values: Sequence[object] = (), /) -> list[Row]:
        """Run one statement that commits by itself."""

    def together(self, keep: bool = True) -> AbstractContextManager[Run]:
        """Run statements all or not at all; without `keep` they are undone at the end."""

    def shrink(self) -> None:
        """Give the room of what was deleted back to the disk."""

    def told_plainly(self) -> AbstractContextManager[None]:
        """Whatever goes wrong with it becomes a sentence."""

    def opened(self) -> AbstractAsyncContextManager[Checkpointer]:
        """The checkpointer, with every table set up; must be opened inside the running loop."""

    def locks(self, folder: Path) -> ProjectLocks[Any]:
        """Locks of projects; `folder` is for those that are files."""


SCHEMES = {
    "sqlite": "synthcraft.graph.sqlite:of_workspace",
    "postgresql": "synthcraft.graph.postgres:of_server",
}
"""Scheme of a URL -> what makes the database of the URL and the workspace; loaded when used."""
_PASSWORD = re.compile(r"://[^/?#]*:[^/?#@]*@|[?&]password=")


def checked_url(url: str) -> str:
    """The URL of a database, if it can be used.

    Raises:
        ValueError: it cannot; the words never hold the URL itself.
    """
    scheme = url.partition(":")[0]
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}:" for name in SCHEMES)
        raise ValueError(f"an address of a database begins with one of {known}")
    if _PASSWORD.search(url):
        # It would be seen by everybody in `ps`, and be told in errors.
        raise ValueError(
            "a password does not belong into the address; put it into ~/.pgpass, a file that "
            "PGPASSFILE names, or PGPASSWORD"
        )
    return url


def database_of(settings: Settings) -> Database:
    """The database that the settings name; nothing is opened yet."""
    module, _, name = SCHEMES[settings.database.partition(":")[0]].partition(":")
    make: Callable[[str, Path], Database] = getattr(importlib.import_module(module), name)
    return make(settings.database, settings.home)


Migration = Callable[[Run], None]


def migrate(database: Database, table: str, migrations: Sequence[Migration]) -> None:
    """Run each migration that this database has not had, in order; `table` holds which it has had.

    Raises:
        DatabaseError: a newer version has worked on it.
    """
    with database.together() as run:
        run(f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY)")
        done = {row[0] for row in run(f"SELECT id FROM {table}")}
        if max(done, default=0) > len(migrations):
            raise DatabaseError(
                f"The project database {database.name} was made by a newer version of SynthCraft.",
                "Update SynthCraft here as well, then try again.",
            )
        for number, step in enumerate(migrations, start=1):
            if number not in done:
                step(run)
                run(f"INSERT INTO {table} VALUES (?)", (number,))


def marks(values: Sequence[object]) -> str:
    """A place for each value of a list; `IN` needs at least one."""
    return ", ".join("?" * len(values)) or "NULL"
