"""PostgreSQL, for a team's servers: connections, statements, and what is set up in a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from synthcraft.graph.database import Migration, Row, Run, migrate
from synthcraft.graph.errors import InputError

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
    from psycopg_pool import ConnectionPool
except ImportError as error:
    raise InputError(
        "The database is PostgreSQL, and the package for it is not installed.",
        "Install synthcraft[postgres], or leave --database and SYNTHCRAFT_DATABASE out.",
    ) from error

from synthcraft.graph.postgres_errors import told_plainly

if TYPE_CHECKING:
    from synthcraft.graph.persistence import Checkpointer
    from synthcraft.graph.postgres_locks import AdvisoryLocks

Connection = psycopg.Connection[Row]
SCHEMA = "synthcraft"
_SETTINGS = " ".join(
    f"-c {setting}"
    for setting in (
        f"search_path={SCHEMA}",
        # A server that lost sight of a machine lets go of its projects after a minute and a half.
        "tcp_keepalives_idle=60",
        "tcp_keepalives_interval=10",
        "tcp_keepalives_count=3",
    )
)
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "synthcraft",
}
"""What the URL may say otherwise; seconds, and milliseconds for the last but one."""
_SET_UP = 0x53594E5448  # "SYNTH": who sets up tables or writes several statements does so alone
_MOST = 6
_TABLES = ("checkpoints", "writes", "synthcraft_sessions")


def _m001_checkpoints(run: Run) -> None:
    """As LangGraph lays them out in SQLite: each checkpoint whole, in one row."""
    step = (
        'thread_id TEXT COLLATE "C" NOT NULL, checkpoint_ns TEXT COLLATE "C" NOT NULL DEFAULT \'\','
        ' checkpoint_id TEXT COLLATE "C" NOT NULL'
    )
    key = "PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id"
    run(
        f"CREATE TABLE checkpoints ({step}, parent_checkpoint_id TEXT, type TEXT,"
        f" checkpoint BYTEA, metadata BYTEA, {key}))"
    )
    run(
        f"CREATE TABLE writes ({step}, task_id TEXT NOT NULL, task_path TEXT NOT NULL DEFAULT '',"
        f" idx INTEGER NOT NULL, channel TEXT NOT NULL, type TEXT, value BYTEA,"
        f" {key}, task_id, idx))"
    )


def _m002_identity(run: Run) -> None:
    run("CREATE TABLE synthcraft_identity (id TEXT PRIMARY KEY)")
    run("INSERT INTO synthcraft_identity VALUES (?)", (uuid4().hex,))


MIGRATIONS: tuple[Migration, ...] = (_m001_checkpoints, _m002_identity)
"""Append only; each runs once per database, in order. The list of projects has its own."""


class PostgresDatabase:
    """A schema of our own in a server's database.

    Statements come from a pool while the database is open, else on a connection each. What a
    project writes goes over the connection that holds its lock: who has lost the one has lost the
    other, so that two servers never write one project.
    """

    def __init__(self, url: str) -> None:
        """Connect to nothing yet."""
        self.url = url
        self.lines: dict[str, Connection] = {}
        """Project -> the connection that holds its lock in this process."""
        self._pool: ConnectionPool[Connection] | None = None

    @cached_property
    def name(self) -> str:
        """What people know it by."""
        with self.told_plainly(self.url.partition(":")[0]):
            parts = conninfo_to_dict(self.url)
        host = parts.get("host") or parts.get("hostaddr") or "this machine"
        return f"{parts.get('dbname') or 'the default database'} on {host}"

    @cached_property
    def identity(self) -> str:
        """A name that the database was given when it was set up."""
        self._set_up()
        ((identity,),) = self.run("SELECT id FROM synthcraft_identity")
        return str(identity)

    def run(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement that commits by itself."""
        with self.told_plainly(), self._connection() as connection:
            return _rows(connection, sql, values)

    def write(self, session: str, sql: str, values: Sequence[object] = ()) -> None:
        """Run a statement on the connection that holds the lock of a project, if one does."""
        line = self.lines.get(session)
        if line is None:
            self.run(sql, values)
            return
        with self.told_plainly():
            _rows(line, sql, values)

    @contextmanager
    def together(self, keep: bool = True) -> Iterator[Run]:
        """Run statements all or not at all; nobody else does so meanwhile."""
        with (
            self.told_plainly(),
            self._connection() as connection,
            connection.transaction(force_rollback=not keep),
        ):
            _rows(connection, "SELECT pg_advisory_xact_lock(?)", (_SET_UP,))

            def run(sql: str, values: Sequence[object] = (), /) -> list[Row]:
                return _rows(connection, sql, values)

            yield run

    def tidy(self) -> None:
        """Have the room of what was deleted be written over by what comes next."""
        self.run(f"VACUUM {', '.join(_TABLES)}")

    def shrink(self) -> None:
        """Write the tables anew without what was deleted, and give the room back to the disk."""
        self.run(f"VACUUM FULL {', '.join(_TABLES)}")

    def told_plainly(self, name: str = "") -> AbstractContextManager[None]:
        """Errors of the server become sentences."""
        return told_plainly(name or self.name)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Checkpointer]:
        """The checkpointer, with every table set up; a pool of connections meanwhile."""
        from synthcraft.graph.postgres_saver import PostgresCheckpointer

        await asyncio.to_thread(self._set_up)  # says what is wrong, which a pool would not
        self._pool = ConnectionPool(
            kwargs=self._arguments,
            min_size=1,
            max_size=_MOST,
            check=ConnectionPool.check_connection,
            open=False,
        )
        try:
            await asyncio.to_thread(self._pool.open)
            yield PostgresCheckpointer(self)
        finally:
            pool, self._pool = self._pool, None
            await asyncio.to_thread(pool.close)

    def locks(self, folder: Path) -> AdvisoryLocks:
        """Locks on the server: machines that share the database need not share a file system's."""
        from synthcraft.graph.postgres_locks import AdvisoryLocks

        return AdvisoryLocks(self)

    def connect(self) -> Connection:
        """A connection of one's own, to be closed by who asked for it."""
        return psycopg.connect(**self._arguments)

    @cached_property
    def _arguments(self) -> dict[str, Any]:
        given = conninfo_to_dict(self.url)
        options = f"{given.pop('options', None) or ''} {_SETTINGS}".strip()
        return {**_PATIENCE, **given, "options": options, "autocommit": True}

    def _connection(self) -> AbstractContextManager[Connection]:
        return self._pool.connection() if self._pool else self.connect()

    def _set_up(self) -> None:
        with self.together() as run:
            # Who may use the schema that an administrator has made need not be able to make one.
            ((there,),) = run("SELECT to_regnamespace(?) IS NOT NULL", (SCHEMA,))
            if not there:
                run(f"CREATE SCHEMA {SCHEMA}")
        migrate(self, "checkpoint_migrations", MIGRATIONS)


def of_server(url: str, home: Path) -> PostgresDatabase:
    """The database that a URL names; the workspace has no part in it."""
    return PostgresDatabase(url)


def _rows(connection: Connection, sql: str, values: Sequence[object]) -> list[Row]:
    # Statements are our own, and none has a sign of these in it otherwise.
    cursor = connection.execute(sql.replace("?", "%s").encode(), values)
    return cursor.fetchall() if cursor.description else []
