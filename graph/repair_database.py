"""A database of projects that was cut off or overwritten: what can still be read is saved."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from synthcraft.graph.damage import Damage, Ward, opened
from synthcraft.graph.errors import StoreError
from synthcraft.graph.persistence import serializer
from synthcraft.graph.session_index import SessionIndex
from synthcraft.graph.sqlite import open_checkpointer

BESIDE = ("-wal", "-shm")
_TABLES = ("checkpoints", "writes", "synthcraft_sessions")
_CHECKED = {"checkpoints": ("type", "checkpoint"), "writes": ("type", "value")}
"""Columns of a table that hold a packed object: a row that cannot be unpacked is of no use."""
_OPEN_BYTE = 128
"""Of the file `-shm`: locked by every connection, see SQLite's `os_unix.c` (UNIX_SHM_DMS)."""
_GAP = 2000
"""Rows in a row that may be unreadable before the rest is given up."""


def log_without_database(ward: Ward) -> Iterator[Damage]:
    """What was written last, where the database that it belongs to was moved away."""
    if ward.database.exists():
        return
    for path in _beside(ward.database):
        message = "The database that this belongs to is gone; a new one would throw it away."
        yield Damage("database", path.name, message, partial(ward.put_aside, path))


def damaged(ward: Ward) -> Iterator[Damage]:
    """A database that is cut off, overwritten or something else."""
    if not ward.database.exists():
        return
    if problem := _problem(ward.database):
        yield Damage(
            "database",
            ward.database.name,
            f"The database of projects is damaged ({problem}).",
            partial(_saved, ward),
            grave=True,
        )


def left_over_log(ward: Ward) -> Iterator[Damage]:
    """What was written last and is not in the database itself: its writer was ended."""
    log = Path(f"{ward.database}-wal")
    if ward.database.exists() and log.exists() and log.stat().st_size and not _in_use(ward):
        message = "The last steps lie beside the database, as its last user was ended."
        yield Damage("database", log.name, message, partial(_taken_in, ward.database))


def _beside(database: Path) -> list[Path]:
    return [path for end in BESIDE if (path := Path(f"{database}{end}")).exists()]


def _problem(database: Path) -> str:
    """What SQLite says about a database; empty if it is whole."""
    try:
        with closing(opened(database)) as connection:
            rows = connection.execute("PRAGMA quick_check(1)").fetchall()
            missing = set(_TABLES) - _tables(connection)
    except sqlite3.OperationalError as error:
        busy = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        return "" if getattr(error, "sqlite_errorcode", 0) & 0xFF in busy else "it cannot be opened"
    except sqlite3.DatabaseError:
        return "it is cut off or was overwritten"
    if rows != [("ok",)]:
        return "parts of it contradict each other"
    # A process that was killed while it made them leaves some out; the next start adds them.
    return "tables are missing" if missing and len(missing) < len(_TABLES) - 1 else ""


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


def _in_use(ward: Ward) -> bool:
    """Whether a living process has the database open: then it holds a lock on its index."""
    try:
        with Path(f"{ward.database}-shm").open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _OPEN_BYTE)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _taken_in(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return "They are in it now."


def _saved(ward: Ward) -> str:
    """Move the database aside and make a new one of the rows that can be read.

    Raises:
        StoreError: somebody has it open.
    """
    if _in_use(ward):
        raise StoreError("Another process has it open; end that one first.")
    with tempfile.TemporaryDirectory(dir=ward.home, prefix=".tmp-") as folder:
        copy, fresh = Path(folder) / "copy.sqlite", Path(folder) / "fresh.sqlite"
        shutil.copy2(ward.database, copy)
        for path in _beside(ward.database):
            if path.name.endswith("-wal"):
                shutil.copy2(path, f"{copy}-wal")
        asyncio.run(_emptied(fresh))
        counted = _copied(copy, fresh)
        fresh.chmod(0o600)
        for path in (*_beside(ward.database), ward.database):
            where = ward.put_aside(path)
        os.replace(fresh, ward.database)
    steps, projects = counted["checkpoints"], counted["synthcraft_sessions"]
    return (
        f"{where} {steps:,} steps and {projects:,} lines of the list could be read and are kept; "
        "stored files and logs are untouched."
    )


async def _emptied(path: Path) -> None:
    """A database with every table and no row."""
    async with open_checkpointer(path) as saver:
        SessionIndex(path)
        await saver.empty_log()


def _copied(source: Path, target: Path) -> dict[str, int]:
    """Copy every row that can be read; how many of each table."""
    with closing(sqlite3.connect(target)) as new, closing(sqlite3.connect(source)) as old, new:
        new.execute("PRAGMA journal_mode=DELETE")  # one file, to be moved as one
        old.execute("PRAGMA writable_schema=ON")  # else nothing is read of what was cut off
        return {table: _copied_table(old, new, table) for table in _TABLES}


def _copied_table(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    known = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    try:
        there = {row[1] for row in old.execute(f"PRAGMA table_info({table})")}
    except sqlite3.DatabaseError:
        return 0
    columns = [name for name in known if name in there]
    if not columns:
        return 0
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"
    packed = [columns.index(name) for name in _CHECKED.get(table, ()) if name in columns]
    for row in _readable(old, table, columns):
        if not packed or _unpacks(*(row[place] for place in packed)):
            new.execute(insert, row)
    ((count,),) = new.execute(f"SELECT count(*) FROM {table}")
    return int(count)


def _readable(old: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of writing; where one cannot be read, the next that can."""
    wanted = f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED WHERE rowid >= ?"
    following, failed = 0, 0
    while failed < _GAP:
        try:
            for number, *row in old.execute(f"{wanted} ORDER BY rowid", (following,)):
                yield tuple(row)
                following, failed = number + 1, 0
        except sqlite3.DatabaseError:
            following, failed = following + 1, failed + 1
        else:
            return


def _unpacks(kind: Any, data: Any) -> bool:
    try:
        serializer().loads_typed((kind, data))
    except Exception:  # whatever it is that was written over
        return False
    return True
