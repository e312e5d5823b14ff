"""The database of a workspace that is a file: SQLite, the one that needs nothing set up."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from synthcraft.graph.database import Row, Run
from synthcraft.graph.errors import StoreError
from synthcraft.graph.locks import SessionLocks
from synthcraft.graph.persistence import Checkpointer, serializer
from synthcraft.tools.artifacts import private_folder

BUSY_TIMEOUT_S = 60
FILE = "sessions.sqlite"


class SqliteDatabase:
    """One file; each statement on a connection of its own."""

    identity = ""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.path.name

    def run(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement that commits by itself."""
        with self.told_plainly(), closing(self._connect()) as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def together(self, keep: bool = True) -> Iterator[Run]:
        """Run statements all or not at all; nobody else writes meanwhile."""
        with self.told_plainly(), closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")

            def run(sql: str, values: Sequence[object] = (), /) -> list[Row]:
                return connection.execute(sql, values).fetchall()

            yield run  # an error closes the connection, which undoes it all
            connection.execute("COMMIT" if keep else "ROLLBACK")

    def shrink(self) -> None:
        """Give the room of what was deleted back to the disk."""
        with self.told_plainly(), closing(self._connect()) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def told_plainly(self) -> Iterator[None]:
        """Errors of the file become sentences."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _database_error(error, self.path) from error

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Checkpointer]:
        """The checkpointer; must be opened inside the running loop."""
        async with open_checkpointer(self.path) as saver:
            yield saver

    def locks(self, folder: Path) -> SessionLocks:
        """File locks: whoever shares the file shares the folder."""
        return SessionLocks(folder)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        # As for checkpoints: nobody waits for the disk while others wait for the database.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")
        return connection


def of_workspace(url: str, home: Path) -> SqliteDatabase:
    """The file of a workspace."""
    return SqliteDatabase(home / FILE)


class SqliteCheckpointer(Checkpointer, AsyncSqliteSaver):
    """LangGraph's own tables and reading; writing as follows.

    Every write is one statement on a connection that commits by itself. A transaction that
    waited for the event loop to commit it would keep all others from writing: for as long as
    the loop is busy, and for good when the task that opened it is cancelled in between.
    """

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint; what is saved after this call gets a later id than the head has."""
        await self.stay_in_order(config["configurable"]["thread_id"])
        return await super().aget_tuple(config)

    async def rows(self, sql: str, values: Sequence[object] = ()) -> Iterable[sqlite3.Row]:
        """What a question gives."""
        await self.setup()
        return await self.conn.execute_fetchall(sql, values)

    async def save(self, session: str, sql: str, values: Sequence[object]) -> None:
        """Run one statement on the connection that commits by itself."""
        await self.setup()
        await self.conn.execute(sql, values)

    async def erase(self, session: str) -> None:
        """Delete every checkpoint of a project; its bytes are overwritten in the file as well."""
        await self.conn.execute("PRAGMA secure_delete=ON")
        await self.adelete_thread(session)

    async def empty_log(self) -> None:
        """Move everything into the database itself; what was deleted leaves the log beside it."""
        await self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _database_error(error: sqlite3.DatabaseError, path: Path) -> StoreError:
    """The sentence for a database that cannot be read or written; the saved steps are intact."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the bits are details
    if primary in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StoreError(
            f"The disk is full: a step could not be saved in {path.parent}.",
            "Free some space, then go on; everything saved before is intact.",
            code="E_DISK_FULL",
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            f"The project database {path.name} is in use by another process.",
            "Wait until it has finished, then go on.",
            code="E_DATABASE",
        )
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(
            f"The project database {path.name} may not be written in {path.parent}.",
            "Make the folder writable or choose another --home; nothing in it is damaged.",
            code="E_PERMISSION",
        )
    return StoreError(
        f"The project database {path.name} cannot be used ({type(error).__name__}).",
        f"It lies in {path.parent}. If the file is damaged, `synthcraft doctor --repair` saves "
        "what can be read of it; the artefacts are kept.",
        code="E_DATABASE",
    )


@asynccontextmanager
async def open_checkpointer(path: Path) -> AsyncIterator[SqliteCheckpointer]:
    """The checkpointer of a workspace; must be opened inside the running loop."""
    private_folder(path.parent)
    with SqliteDatabase(path).told_plainly():
        with suppress(OSError):  # SQLite says it better
            path.touch(mode=0o600)  # what it lays beside the file gets the same mode
        async with aiosqlite.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None
        ) as connection:
            saver = SqliteCheckpointer(connection, serde=serializer())
            await saver.setup()
            # With the write-ahead log a killed process loses nothing; only a power cut may
            # cost the last steps, and those run again.
            await connection.execute("PRAGMA synchronous=NORMAL")
            path.chmod(0o600)  # also one from before
            yield saver
