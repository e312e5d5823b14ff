"""The audit log: a hash-chained tree of what was decided, by whom, and what came of it.

Reverting a project forks it, so an entry names the one it follows (`prev`) and the log is a tree
whose branches are all kept. Entries describe actions; they never hold rows or cell values.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_jsonable_python

from synthcraft.graph.errors import NotFoundError, StoreError
from synthcraft.tools.artifacts import store_error

Kind = Literal[
    "decision",
    "feedback",
    "proposal",
    "approval",
    "message",
    "job",
    "revert",
    "start",
    "error",
]
ROOT = ""
"""`prev` of a first entry."""


class Entry(BaseModel):
    """One line of the log; `hash` covers `prev` and `body`, `seq` is its place in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
    prev: str
    hash: str
    body: dict[str, Any]

    def line(self) -> bytes:
        """The only form in which the entry may stand in the file."""
        return canonical(self.model_dump()) + b"\n"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, so that equal values have equal bytes."""
    plain = to_jsonable_python(value, inf_nan_mode="null")
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")


def entry_hash(prev: str, body: dict[str, Any]) -> str:
    """SHA-256 of the previous hash followed by the canonical body."""
    return hashlib.sha256(prev.encode() + canonical(body)).hexdigest()


class AuditLog:
    """An append-only file of entries."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, body: dict[str, Any], prev: str) -> str:
        """Add an entry that follows `prev` (`ROOT` for a first one); returns its hash.

        The line is on the disk when this returns. A line that a crash left half-written is removed
        first: its hash was never given out, so nothing can refer to it.
        """
        key = entry_hash(prev, body)
        try:
            with self._locked() as handle:
                whole = _complete_part(handle)
                if f'"hash":"{key}"'.encode() in whole:
                    return key  # a step that ran twice within one tick of the clock
                os.ftruncate(handle, len(whole))
                os.lseek(handle, len(whole), os.SEEK_SET)
                seq = whole.count(b"\n") + 1
                _write(handle, Entry(seq=seq, prev=prev, hash=key, body=body).line())
                os.fsync(handle)
        except OSError as error:
            raise store_error(error, self.path.parent) from error
        return key

    def all(self) -> list[Entry]:
        """Every entry of every branch, in the order of writing."""
        entries = []
        for number, line in enumerate(self._lines(), start=1):
            try:
                entries.append(Entry.model_validate_json(line))
            except ValidationError as error:
                raise StoreError(
                    f"Line {number} of the audit log {self.path.name} cannot be read.",
                    "The file was changed after it was written; `synthcraft audit verify` "
                    "lists every such place.",
                ) from error
        return entries

    def lineage(self, head: str) -> list[Entry]:
        """The entries that led to `head`, oldest first."""
        known = {entry.hash: entry for entry in self.all()}
        found: list[Entry] = []
        while head != ROOT:
            entry = known.pop(head, None)
            if entry is None:
                raise NotFoundError(
                    f"The audit log {self.path.name} holds no entry {head[:12]}.",
                    "Lines were removed or changed; `synthcraft audit verify` says where.",
                )
            found.append(entry)
            head = entry.prev
        return found[::-1]

    def verify(self, head: str = ROOT) -> list[str]:
        """Problems, each with its line; empty when the file is as it was written.

        Lines cut off the end leave no trace in the file itself: they are found when `head`, the
        hash that the session's checkpoint holds, is given.
        """
        problems: list[str] = []
        known = {ROOT}
        for number, line in enumerate(self._lines(), start=1):
            try:
                entry = Entry.model_validate_json(line)
            except ValidationError:
                problems.append(f"Line {number}: not an entry of the log.")
                continue
            problems += [f"Line {number}: {text}" for text in _faults(entry, number, line, known)]
            known.add(entry.hash)
        if head not in known:
            problems.append(f"End of file: the session's last entry, {head[:12]}, is missing.")
        return problems

    def _lines(self) -> list[bytes]:
        """Complete lines; what follows the last line break was never finished."""
        try:
            return self.path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"The audit log {self.path.name} could not be read ({error.strerror}).",
                "Check the permissions of the file.",
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)  # releases the lock


def _faults(entry: Entry, number: int, line: bytes, known: set[str]) -> Iterator[str]:
    """What is wrong with one readable entry."""
    if entry_hash(entry.prev, entry.body) != entry.hash:
        yield "content and hash do not agree; the entry was edited."
    elif entry.line() != line + b"\n":
        yield "not written in the form of the log; the line was edited."
    if entry.seq != number:
        yield f"has number {entry.seq}; lines were removed, inserted or reordered."
    if entry.prev not in known:
        yield f"follows an unknown entry {entry.prev[:12]}."
    if entry.hash in known:
        yield "repeats the hash of an earlier entry."


def _complete_part(handle: int) -> bytes:
    """The complete lines; what a crash left half-written comes after them."""
    data = b""
    while chunk := os.read(handle, 2**20):
        data += chunk
    return data[: data.rfind(b"\n") + 1]


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
