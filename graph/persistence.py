"""Checkpoints in SQLite, compressed and with a closed list of types."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import BaseModel

from synthcraft.graph import contracts, records, state
from synthcraft.graph.errors import StoreError

BUSY_TIMEOUT_S = 30
PACKED = "+zlib"


def state_types() -> list[tuple[str, str]]:
    """Every model that may come out of a checkpoint, as (module, name)."""
    found = {
        (cls.__module__, cls.__name__)
        for module in (contracts, records, state)
        for _, cls in getmembers(module, isclass)
        if issubclass(cls, BaseModel) and cls.__module__.startswith("synthcraft.")
    }
    return sorted(found)


class CompressedSerializer(JsonPlusSerializer):
    """Msgpack, compressed: every checkpoint holds the full state, most of it unchanged."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The kind, marked as compressed, and the bytes."""
        kind, data = super().dumps_typed(obj)
        return f"{kind}{PACKED}", zlib.compress(data, 6)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object; what was written uncompressed is read as well."""
        kind, payload = data
        if kind.endswith(PACKED):
            kind, payload = kind.removesuffix(PACKED), zlib.decompress(payload)
        return super().loads_typed((kind, payload))


def serializer() -> JsonPlusSerializer:
    """Our own models only; anything else comes back as plain data."""
    return CompressedSerializer(allowed_msgpack_modules=state_types())


class Checkpointer(AsyncSqliteSaver):
    """SQLite keeps each checkpoint whole, so versions need no random tail to be told apart."""

    def get_next_version(self, current: str | None, channel: None) -> str:
        """The number after the current one, as text that sorts."""
        return f"{int(str(current or 0).split('.')[0]) + 1:032}"


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Errors of the database at `path` become sentences."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _database_error(error, path) from error


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
    return StoreError(
        f"The project database {path.name} cannot be used ({type(error).__name__}).",
        f"It lies in {path.parent}. If the file is damaged, move it away and start again: "
        "the artefacts are kept.",
        code="E_DATABASE",
    )


@asynccontextmanager
async def open_checkpointer(path: Path) -> AsyncIterator[Checkpointer]:
    """The checkpointer of a workspace; must be opened inside the running loop."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with told_plainly(path):
        async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S) as connection:
            saver = Checkpointer(connection, serde=serializer())
            await saver.setup()
            # With the write-ahead log a killed process loses nothing; only a power cut may
            # cost the last steps, and those run again.
            await connection.execute("PRAGMA synchronous=NORMAL")
            path.chmod(0o600)
            yield saver
