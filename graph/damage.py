"""A damage of a workspace, and the workspace that is mended."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from synthcraft.graph.database import Database
from synthcraft.graph.sqlite import FILE, SqliteDatabase
from synthcraft.tools.artifacts import ArtifactStore, private_folder

ASIDE = "aside"
LISTED = "SELECT session FROM synthcraft_sessions"
SAVED = "SELECT DISTINCT thread_id FROM checkpoints"
Mend = Callable[[], str]
"""Does something about a damage and says what, in a sentence."""


@dataclass(frozen=True)
class Damage:
    """Something that is not as it should be.

    Attributes:
        kind: what sort of thing, in a few words.
        what: the file below the workspace, or the project.
        message: what is wrong, in a sentence.
        mend: what can be done about it here; none where nothing can.
        hint: what a person can do where nothing can be done here.
        grave: whether work is lost or held up by it.
    """

    kind: str
    what: str
    message: str
    mend: Mend | None = None
    hint: str = ""
    grave: bool = False


@dataclass(frozen=True)
class Ward:
    """The workspace that is looked at.

    Attributes:
        home: its folder.
        server: what keeps its projects, if not a file in the folder.
        stamp: when it was looked at; names the folder for what is moved out of the way.
    """

    home: Path
    server: Database | None = None
    stamp: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))

    @property
    def store(self) -> ArtifactStore:
        """Its stored files."""
        return ArtifactStore(self.home / "artifacts")

    @property
    def database(self) -> Path:
        """The file of its checkpoints and the list of projects."""
        return self.home / FILE

    @property
    def kept(self) -> Database:
        """Its checkpoints and the list of projects, wherever they are."""
        return self.server or SqliteDatabase(self.database)

    def projects(self, sql: str) -> set[str] | None:
        """Those that are listed or saved; None of a file that is damaged."""
        if self.server is not None:
            return {str(row[0]) for row in self.server.run(sql)}
        if not self.database.exists():
            return set()
        try:
            with closing(opened(self.database)) as connection:
                return {str(row[0]) for row in connection.execute(sql)}
        except sqlite3.DatabaseError:
            return None

    def name(self, path: Path) -> str:
        """A path as it is told: below the workspace."""
        return str(path.relative_to(self.home))

    def put_aside(self, path: Path) -> str:
        """Move a file out of the way, under its name; says where it is now."""
        target = self.home / ASIDE / self.stamp / path.relative_to(self.home)
        private_folder(target.parent)
        shutil.move(path, target)
        return f"Moved to {self.name(target)}."


def opened(database: Path) -> sqlite3.Connection:
    """A database that is only looked at: nothing is set up or mended by the look."""
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)
