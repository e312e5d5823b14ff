"""The list of projects, in the same database as their checkpoints."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.persistence import BUSY_TIMEOUT_S, told_plainly
from synthcraft.graph.views import SessionInfo, Status
from synthcraft.tools.provenance import utc_now

Migration = Callable[[sqlite3.Connection], None]


def _m001_sessions(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE synthcraft_sessions (session TEXT PRIMARY KEY, name TEXT NOT NULL,"
        " status TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,"
        " rows INTEGER NOT NULL DEFAULT 0, columns INTEGER NOT NULL DEFAULT 0,"
        " policy_merged INTEGER NOT NULL DEFAULT 0)"
    )


MIGRATIONS: tuple[Migration, ...] = (_m001_sessions,)
"""Append only; each runs once per database, in order."""


class SessionIndex:
    """One line per project, for lists; everything else is in the checkpoints.

    Writes wait for the database: call them from a thread, as the event loop may have to go on
    for a checkpoint to be finished first.
    """

    def __init__(self, path: Path) -> None:
        """Open (and migrate) the index in the database at `path`."""
        self._path = path
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS synthcraft_migrations (id INTEGER PRIMARY KEY)"
            )
            done = {row[0] for row in connection.execute("SELECT id FROM synthcraft_migrations")}
            for number, migrate in enumerate(MIGRATIONS, start=1):
                if number not in done:
                    migrate(connection)
                    connection.execute("INSERT INTO synthcraft_migrations VALUES (?)", (number,))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)

    def _run(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        with told_plainly(self._path), closing(self._connect()) as connection:
            return connection.execute(sql, values).fetchall()

    def add(self, session: str, name: str) -> None:
        """Enter a new project."""
        now = utc_now()
        self._run(
            "INSERT INTO synthcraft_sessions (session, name, status, created, updated)"
            " VALUES (?, ?, 'running', ?, ?)",
            (session, name, now, now),
        )

    def update(self, session: str, status: Status, name: str, rows: int, columns: int) -> None:
        """Note where a project stands."""
        self._run(
            "UPDATE synthcraft_sessions SET status=?, name=?, rows=?, columns=?, updated=?"
            " WHERE session=?",
            (status, name, rows, columns, utc_now(), session),
        )

    def remove(self, session: str) -> None:
        """Take a project off the list."""
        self._run("DELETE FROM synthcraft_sessions WHERE session=?", (session,))

    def claim_learning(self, session: str) -> bool:
        """True once per project: its counts go into the policy file a single time."""
        rows = self._run(
            "UPDATE synthcraft_sessions SET policy_merged=1"
            " WHERE session=? AND policy_merged=0 RETURNING session",
            (session,),
        )
        return bool(rows)

    def find(self, text: str) -> str:
        """The full id of a project from its id or the beginning of it.

        Raises:
            NotFoundError: none or more than one fits.
        """
        names = [info.session for info in self.all()]
        hits = [name for name in names if name == text] or [
            name for name in names if text and name.startswith(text)
        ]
        if len(hits) == 1:
            return hits[0]
        what = "No project" if not hits else f"{len(hits)} projects"
        raise NotFoundError(
            f"{what} with an id that begins with {text!r}.", "See `synthcraft sessions list`."
        )

    def all(self) -> list[SessionInfo]:
        """Every project, the newest first."""
        rows = self._run(
            "SELECT session, name, status, created, updated, rows, columns"
            " FROM synthcraft_sessions ORDER BY created DESC, session"
        )
        fields = ("session", "name", "status", "created", "updated", "rows", "columns")
        return [SessionInfo.model_validate(dict(zip(fields, row, strict=True))) for row in rows]
