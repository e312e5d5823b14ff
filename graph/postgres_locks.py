"""Locks of projects on a PostgreSQL server, for processes on whatever machine."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

import psycopg

from synthcraft.graph.postgres import Connection, PostgresDatabase
from synthcraft.graph.project_locks import ProjectLocks

_HALF = 2**32


class AdvisoryLocks(ProjectLocks[Connection]):
    """An advisory lock each, on a connection of its own: it is free when that is gone."""

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__()
        self._database = database

    async def _try_to_take(self, session: str) -> Connection | None:
        taking = asyncio.ensure_future(asyncio.to_thread(self._take, session))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            # The thread goes on; nobody is left to let go of what it takes.
            taking.add_done_callback(lambda done: self._dropped(session, done))
            raise

    def _take(self, session: str) -> Connection | None:
        with self._database.told_plainly():
            line = self._database.connect()
            row = line.execute("SELECT pg_try_advisory_lock(%s)", (_key(session),)).fetchone()
        if row is not None and row[0]:
            self._database.lines[session] = line
            return line
        line.close()
        return None

    def _dropped(self, session: str, done: asyncio.Future[Connection | None]) -> None:
        if not done.cancelled() and not done.exception() and (line := done.result()) is not None:
            self._end(session, line)

    async def _let_go(self, session: str, taken: Connection) -> None:
        await asyncio.shield(asyncio.to_thread(self._end, session, taken))

    def _end(self, session: str, line: Connection) -> None:
        self._database.lines.pop(session, None)
        with suppress(psycopg.Error):  # with the connection the lock is gone in any case
            # Said before it is closed: a server notices that only a moment later.
            line.execute("SELECT pg_advisory_unlock(%s)", (_key(session),))
        line.close()

    def _held_elsewhere(self, session: str) -> bool:
        high, low = divmod(_key(session) % 2**64, _HALF)
        rows = self._database.run(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            " AND classid::bigint = ? AND objid::bigint = ? AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            (high, low),
        )
        return bool(rows)


def _key(session: str) -> int:
    """The number that stands for a project among the locks of a database."""
    digest = hashlib.sha256(f"synthcraft:{session}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
