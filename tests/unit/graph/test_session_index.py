"""The list of projects: a database of an earlier version stays readable and keeps its lines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from synthcraft.graph.errors import DatabaseError, NotFoundError
from synthcraft.graph.records import Source
from synthcraft.graph.session_index import SessionIndex

FROZEN = """
CREATE TABLE synthcraft_migrations (id INTEGER PRIMARY KEY);
INSERT INTO synthcraft_migrations VALUES (1);
CREATE TABLE synthcraft_sessions (session TEXT PRIMARY KEY, name TEXT NOT NULL,
  status TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
  rows INTEGER NOT NULL DEFAULT 0, columns INTEGER NOT NULL DEFAULT 0,
  policy_merged INTEGER NOT NULL DEFAULT 0);
INSERT INTO synthcraft_sessions VALUES ('0123456789', 'clinic.csv', 'waiting',
  '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 400, 8, 1);
"""
"""What the first version wrote; never to be changed."""


def test_projects_from_before_owners_belong_to_the_operator(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FROZEN.replace("400", "402"))
    for _ in range(2):  # the second opening has nothing to migrate
        (line,) = SessionIndex(path).all()
        assert (line.session, line.name, line.status) == ("0123456789", "clinic.csv", "waiting")
        assert (line.rows, line.columns, line.owner, line.handed_over) == (400, 8, "", False)
    assert not SessionIndex(path).claim_learning("0123456789")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FROZEN + "INSERT INTO synthcraft_migrations VALUES (99);")
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=r"sessions\.sqlite was made by a newer version"):
        SessionIndex(path)
    assert path.read_bytes() == before


def test_a_project_keeps_its_owner_and_is_handed_over(tmp_path: Path) -> None:
    index = SessionIndex(tmp_path / "sessions.sqlite")
    index.add("abc", "a.csv", "anna")
    index.update("abc", "waiting", Source(name="a.csv", format="csv", rows=1, columns=2, sha256=""))
    index.hand_over("abc", True)
    assert (index.one("abc").owner, index.one("abc").handed_over) == ("anna", True)
    index.hand_over("abc", False)
    assert not index.one("abc").handed_over
    with pytest.raises(NotFoundError):
        index.one("ab")
