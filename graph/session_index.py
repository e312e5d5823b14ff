"""The list of projects in a SQLite file."""

from __future__ import annotations

from pathlib import Path

from synthcraft.graph.project_index import ProjectIndex
from synthcraft.graph.sqlite import SqliteDatabase


class SessionIndex(ProjectIndex):
    """The list in the file of a workspace, for who looks at that file alone."""

    def __init__(self, path: Path) -> None:
        """Open (and migrate) the list in the database at `path`."""
        super().__init__(SqliteDatabase(path))
