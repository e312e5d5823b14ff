"""Checkpoints: compressed, with a closed list of types, in whatever database."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from inspect import getmembers, isclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import WRITES_IDX_MAP, BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import BaseModel

from synthcraft.graph import contracts, records, state
from synthcraft.graph.order import stay_after

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


_STEP = "thread_id, checkpoint_ns, checkpoint_id"
_STANDS = "NOTHING"
_AGAIN = "UPDATE SET channel = excluded.channel, type = excluded.type, value = excluded.value"


class Checkpointer(BaseCheckpointSaver[str], ABC):
    """Keeps each checkpoint whole, so versions need no random tail to be told apart."""

    @abstractmethod
    async def rows(self, sql: str, values: Sequence[object] = ()) -> Iterable[Any]:
        """What a question gives, with `?` where a value goes."""

    @abstractmethod
    async def save(self, session: str, sql: str, values: Sequence[object]) -> None:
        """Run one statement of a project that commits by itself."""

    async def stay_in_order(self, session: str) -> None:
        """What is saved from now on gets a later id than the head of the project has."""
        sql = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
        for (head,) in await self.rows(sql, (session,)):
            if head is not None:
                stay_after(head)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what a task wrote: all of it or nothing."""
        if not writes:
            return
        place = config["configurable"]
        step = (place["thread_id"], place["checkpoint_ns"], place["checkpoint_id"])
        rows = {
            number: (*step, task_id, task_path, number, channel, *self.serde.dumps_typed(value))
            for number, channel, value in (
                (WRITES_IDX_MAP.get(channel, index), channel, value)
                for index, (channel, value) in enumerate(writes)
            )
        }
        # As upstream: what a task signals may be said again, what it wrote stands.
        signals = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
        sql = (
            f"INSERT INTO writes ({_STEP}, task_id, task_path, idx, channel, type, value)"
            f" VALUES {marks} ON CONFLICT ({_STEP}, task_id, idx)"
            f" DO {_AGAIN if signals else _STANDS}"
        )
        await self.save(step[0], sql, [field for row in rows.values() for field in row])

    def get_next_version(self, current: str | None, channel: None) -> str:
        """The number after the current one, as text that sorts."""
        return f"{int(str(current or 0).split('.')[0]) + 1:032}"

    @abstractmethod
    async def erase(self, session: str) -> None:
        """Delete every checkpoint of a project."""

    @abstractmethod
    async def empty_log(self) -> None:
        """Have what was deleted leave what the database keeps beside its tables."""
