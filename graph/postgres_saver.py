"""Checkpoints in PostgreSQL: rows as in SQLite, each written by one statement."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)

from synthcraft.graph.database import Row
from synthcraft.graph.persistence import Checkpointer, serializer
from synthcraft.graph.postgres import PostgresDatabase

_STEP = "thread_id, checkpoint_ns, checkpoint_id"
_CHECKPOINTS = f"SELECT {_STEP}, parent_checkpoint_id, type, checkpoint, metadata FROM checkpoints"
_WRITES = f"SELECT {_STEP}, task_path, task_id, idx, channel, type, value FROM writes"
_PUT = (
    f"INSERT INTO checkpoints ({_STEP}, parent_checkpoint_id, type, checkpoint, metadata)"
    f" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ({_STEP}) DO UPDATE SET"
    " parent_checkpoint_id = excluded.parent_checkpoint_id, type = excluded.type,"
    " checkpoint = excluded.checkpoint, metadata = excluded.metadata"
)
_ERASE = (
    "WITH written AS (DELETE FROM writes WHERE thread_id = ?)"
    " DELETE FROM checkpoints WHERE thread_id = ?"
)


class PostgresCheckpointer(Checkpointer):
    """LangGraph's own for PostgreSQL keeps a value once for all checkpoints with its version.

    Versions of ours are alike on two branches, as they are in SQLite, and one value would stand for
    both. Here a checkpoint is a row, as it is there: a project moves between the two as it is, and
    a step is saved by one statement, which a thread runs to its end whatever the event loop does.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(serde=serializer())
        self._database = database

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint; what is saved after this call gets a later id than the head has."""
        await self.stay_in_order(config["configurable"]["thread_id"])
        here = config["configurable"] | {
            "checkpoint_ns": config["configurable"].get("checkpoint_ns", "")
        }
        async for found in self.alist({"configurable": here}, limit=1):
            return found
        return None

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Checkpoints, the newest first."""
        where, values = _where(config, before)
        newest = f" LIMIT {int(limit)}" if limit is not None and not filter else ""
        rows = await self.rows(f"{_CHECKPOINTS}{where} ORDER BY checkpoint_id DESC{newest}", values)
        if not rows:
            return
        first = f"{where}{' AND' if where else ' WHERE'} checkpoint_id >= ?"
        written = defaultdict[Row, list[Row]](list)
        for row in await self.rows(f"{_WRITES}{first}", (*values, rows[-1][2])):
            written[row[:3]].append(row[3:])
        given = 0
        for row in rows:
            about = json.loads(row[6] or b"{}")
            if filter and any(about.get(key) != value for key, value in filter.items()):
                continue
            yield self._tuple(row, about, written[row[:3]])
            given += 1
            if given == limit:
                return

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint."""
        place = config["configurable"]
        about = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False)
        row = (
            place["thread_id"],
            place["checkpoint_ns"],
            checkpoint["id"],
            place.get("checkpoint_id"),
            *self.serde.dumps_typed(checkpoint),
            about.encode("utf-8", "ignore"),
        )
        await self.save(row[0], _PUT, row)
        return _config(*row[:3])

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of a project and all that its tasks wrote, at once."""
        await self.save(thread_id, _ERASE, (thread_id, thread_id))

    async def erase(self, session: str) -> None:
        """Delete every checkpoint of a project."""
        await self.adelete_thread(session)

    async def empty_log(self) -> None:
        """Have the server reuse the room of what was deleted."""
        await asyncio.to_thread(self._database.tidy)

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """What a question gives."""
        return await asyncio.to_thread(self._database.run, sql, values)

    async def save(self, session: str, sql: str, values: Sequence[object]) -> None:
        """Run one statement; a thread runs it to its end whatever the event loop does."""
        await asyncio.to_thread(self._database.write, session, sql, values)

    def _tuple(self, row: Row, about: Any, written: list[Row]) -> CheckpointTuple:
        thread, space, checkpoint, parent, kind, data, _ = row
        ordered = sorted(written, key=lambda one: writes_sort_key(one[0], one[1], one[2]))
        return CheckpointTuple(
            _config(thread, space, checkpoint),
            self.serde.loads_typed((kind, data)),
            cast("CheckpointMetadata", about),
            _config(thread, space, parent) if parent else None,
            [
                (task, channel, self.serde.loads_typed((kind, value)))
                for _, task, _, channel, kind, value in ordered
            ],
        )


def _config(thread: str, space: str, checkpoint: str) -> RunnableConfig:
    place = {"thread_id": thread, "checkpoint_ns": space, "checkpoint_id": checkpoint}
    return {"configurable": place}


def _where(
    config: RunnableConfig | None, before: RunnableConfig | None
) -> tuple[str, tuple[object, ...]]:
    """What is asked for as a condition."""
    place = config["configurable"] if config else {}
    asked = {name: place.get(name) for name in ("thread_id", "checkpoint_ns")}
    asked["checkpoint_id"] = get_checkpoint_id(config) if config else None
    wanted = {name: value for name, value in asked.items() if value is not None}
    conditions, values = [f"{name} = ?" for name in wanted], list(wanted.values())
    if before is not None:
        conditions.append("checkpoint_id < ?")
        values.append(get_checkpoint_id(before))
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", tuple(values)
