"""Lines of a file of projects. What comes in is read as ours or not at all.

Rows of three known tables, with objects packed as our checkpoints are: no pickle, and no type that
is not on our closed list.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from typing import Annotated, Literal

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import Base64Bytes, Field, TypeAdapter, model_validator

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.persistence import PACKED, serializer
from synthcraft.graph.views import Status

FORM = 1
_OBJECT = 64 * 2**20
"""Bytes that a packed object may be unpacked to."""
Session = Annotated[str, Field(pattern=r"\A[0-9a-f]{1,32}\z")]
Step = Annotated[str, Field(pattern=r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z")]
Kind = Annotated[str, Field(pattern=r"\A(null|bytes|bytearray|msgpack)(\+zlib)?\z")]
"""How an object is packed; pickles and what makes objects by their name are none of it."""


class Header(Frozen):
    """What a file of projects is."""

    synthcraft_projects: int
    identity: str
    """Of the database that they come from."""
    listed: tuple[Session, ...]
    """Every project that was there, whether it is in the file or not."""


class Listed(Frozen):
    """A line of the list of projects."""

    table: Literal["synthcraft_sessions"] = "synthcraft_sessions"
    session: Session
    name: str
    title: str
    status: Status
    waiting_for: str
    created: str
    updated: str
    rows: int
    columns: int
    owner: str
    handed_over: int
    policy_merged: int


class Checkpoint(Frozen):
    """A step of a project."""

    table: Literal["checkpoints"] = "checkpoints"
    thread_id: Session
    checkpoint_ns: Literal[""]
    checkpoint_id: Step
    parent_checkpoint_id: Step | None
    type: Kind
    checkpoint: Base64Bytes
    metadata: Base64Bytes

    @model_validator(mode="after")
    def _ours(self) -> Checkpoint:
        _unpack(self.type, self.checkpoint)
        json.loads(self.metadata)
        return self


class Write(Frozen):
    """What a task wrote at a step."""

    table: Literal["writes"] = "writes"
    thread_id: Session
    checkpoint_ns: Literal[""]
    checkpoint_id: Step
    task_id: str
    task_path: str
    idx: int
    channel: str
    type: Kind
    value: Base64Bytes

    @model_validator(mode="after")
    def _ours(self) -> Write:
        _unpack(self.type, self.value)
        return self


Line = Listed | Checkpoint | Write
LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="table")])
KEYS: dict[type[Line], str] = {Listed: "session", Checkpoint: "thread_id", Write: "thread_id"}
"""Kind of line -> the column that says whose it is, in the order of a file."""


def table_of(kind: type[Line]) -> str:
    """Where such lines are kept."""
    return str(kind.model_fields["table"].default)


def columns_of(kind: type[Line]) -> tuple[str, ...]:
    """What is kept of such a line."""
    return tuple(name for name in kind.model_fields if name != "table")


@cache
def _ours() -> JsonPlusSerializer:
    return serializer()


def _unpack(kind: str, data: bytes) -> None:
    """Unpack an object as it will be when it is read.

    Raises:
        ValueError: it is larger than any of ours, or something else.
    """
    if kind.endswith(PACKED):
        small = zlib.decompressobj()
        data = small.decompress(data, _OBJECT)
        if small.unconsumed_tail or not small.eof:
            raise ValueError("an object is cut off, or larger than any of ours")
    try:
        _ours().loads_typed((kind.removesuffix(PACKED), data))
    except Exception as error:  # whatever a foreign object makes of the reader
        raise ValueError("an object cannot be read") from error
