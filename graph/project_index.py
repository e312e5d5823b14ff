"""The list of projects, in the same database as their checkpoints."""

from __future__ import annotations

from synthcraft.graph.database import Database, Migration, Run, migrate
from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.records import Source
from synthcraft.graph.views import SessionInfo, Status
from synthcraft.tools.disclosure.rounding import STEP
from synthcraft.tools.provenance import utc_now


def _m001_sessions(run: Run) -> None:
    run(
        "CREATE TABLE synthcraft_sessions (session TEXT PRIMARY KEY, name TEXT NOT NULL,"
        " status TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,"
        " rows INTEGER NOT NULL DEFAULT 0, columns INTEGER NOT NULL DEFAULT 0,"
        " policy_merged INTEGER NOT NULL DEFAULT 0)"
    )


def _m002_owner(run: Run) -> None:
    """Projects from before belong to the local operator."""
    for column in ("owner TEXT NOT NULL DEFAULT ''", "handed_over INTEGER NOT NULL DEFAULT 0"):
        run(f"ALTER TABLE synthcraft_sessions ADD COLUMN {column}")


def _m003_title(run: Run) -> None:
    """Projects from before have no name but that of their file."""
    for column in ("title", "waiting_for"):
        run(f"ALTER TABLE synthcraft_sessions ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


def _m004_rounded(run: Run) -> None:
    """Sizes of tables are told to the nearest five; lines from before hold them exactly."""
    run(f"UPDATE synthcraft_sessions SET rows = {STEP} * ((rows + {STEP // 2}) / {STEP})")


MIGRATIONS: tuple[Migration, ...] = (_m001_sessions, _m002_owner, _m003_title, _m004_rounded)
"""Append only; each runs once per database, in order."""
_FIELDS = tuple(SessionInfo.model_fields)
_LINES = f"SELECT {', '.join(_FIELDS)} FROM synthcraft_sessions"


class ProjectIndex:
    """One line per project, for lists; everything else is in the checkpoints.

    Writes wait for the database: call them from a thread.
    """

    def __init__(self, database: Database) -> None:
        """Open (and migrate) the list in a database."""
        self._run = database.run
        migrate(database, "synthcraft_migrations", MIGRATIONS)

    def add(self, session: str, name: str, owner: str = "", title: str = "") -> None:
        """Enter a new project."""
        now = utc_now()
        self._run(
            "INSERT INTO synthcraft_sessions"
            " (session, name, owner, title, status, created, updated)"
            " VALUES (?, ?, ?, ?, 'running', ?, ?)",
            (session, name, owner, title, now, now),
        )

    def update(
        self,
        session: str,
        status: Status,
        source: Source | None,
        waiting_for: str = "",
    ) -> None:
        """Note where a project stands, and once its table was read its size as it may be told."""
        table = (source.name, source.rows, source.columns) if source else (None, None, None)
        self._run(
            "UPDATE synthcraft_sessions SET status=?, name=COALESCE(?, name),"
            " rows=COALESCE(?, rows), columns=COALESCE(?, columns), waiting_for=?, updated=?"
            " WHERE session=?",
            (status, *table, waiting_for, utc_now(), session),
        )

    def rename(self, session: str, title: str) -> None:
        """Give a project a name; it stays as recent as it was."""
        self._run("UPDATE synthcraft_sessions SET title=? WHERE session=?", (title, session))

    def hand_over(self, session: str, to_stewards: bool) -> None:
        """Let stewards see a project, or no more."""
        sql = "UPDATE synthcraft_sessions SET handed_over=? WHERE session=?"
        self._run(sql, (int(to_stewards), session))

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
        rows = self._run(f"{_LINES} ORDER BY created DESC, session")
        return [_info(row) for row in rows]

    def one(self, session: str) -> SessionInfo:
        """The line of one project.

        Raises:
            NotFoundError: no project has this full id.
        """
        for row in self._run(f"{_LINES} WHERE session=?", (session,)):
            return _info(row)
        raise NotFoundError("There is no such project.", "Choose one from the list.")


def _info(row: tuple[object, ...]) -> SessionInfo:
    return SessionInfo.model_validate(dict(zip(_FIELDS, row, strict=True)))
