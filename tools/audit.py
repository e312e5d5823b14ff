"""The audit log: a hash-chained tree of what was decided, by whom, and what came of it.

Reverting a project forks it, so an entry names the one it follows (`prev`) and the log is a tree
whose branches are all kept. Entries describe actions; they never hold rows or cell values, and
counts of real people only as output control lets them out. In a workspace every entry is signed,
and anchors beside the log keep what it was at every gate.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthcraft.graph.errors import InputError, NotFoundError, StoreError
from synthcraft.tools.anchors import EVERY, Anchor, anchor_of, broken, read_anchors
from synthcraft.tools.artifacts import store_error
from synthcraft.tools.audit_entry import Entry as Entry
from synthcraft.tools.audit_entry import entry_hash as entry_hash
from synthcraft.tools.audit_entry import hash_2, salts_for, storable
from synthcraft.tools.audit_verify import changes
from synthcraft.tools.disclosure.entry import released_entry
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.signing import Keys, PublicKey

ROOT = ""
"""`prev` of a first entry."""
ANCHORED = (
    "approval", "delete", "export", "gate", "message", "release", "results", "revert",
    "withdrawal",
)  # fmt: skip
"""Kinds of entries that an anchor is set at: gates, and those that nothing need follow."""


class AuditLog:
    """An append-only file of entries.

    Args:
        path: the file.
        keys: sign entries and set anchors; without them the log is written unsigned.
    """

    def __init__(self, path: Path, keys: Keys | None = None) -> None:
        self.path = path
        self.keys = keys
        self.name = path.stem
        self._known: dict[bytes, Entry] = {}

    def append(self, body: dict[str, Any], prev: str) -> str:
        """Add an entry that follows `prev` (`ROOT` for a first one); returns its hash.

        The line is on the disk when this returns. A line that a crash left half-written is removed
        first: its hash was never given out, so nothing can refer to it.
        """
        return self._add(body, prev)

    def extend(self, body: dict[str, Any]) -> str:
        """Add an entry that follows the last line, for a log without branches.

        The last line is looked up under the lock, so that two writers never follow the same one.
        """
        return self._add(body, None)

    def _add(self, body: dict[str, Any], prev: str | None) -> str:
        released = released_entry(body)
        try:
            with self._locked() as handle:
                whole = _complete_part(handle)
                prev = _last(whole, self.path) if prev is None else prev
                entry = self._entry(whole.count(b"\n") + 1, prev, released)
                if f'"hash":"{entry.hash}"'.encode() in whole:
                    return entry.hash  # a step that ran twice within one tick of the clock
                os.ftruncate(handle, len(whole))
                os.lseek(handle, len(whole), os.SEEK_SET)
                _write(handle, entry.line())
                os.fsync(handle)
                if entry.seq % EVERY == 0 or body.get("kind") in ANCHORED:
                    self._anchor(whole + entry.line())
        except OSError as error:
            raise store_error(error, self.path.parent) from error
        return entry.hash

    def _entry(self, seq: int, prev: str, released: Released[dict[str, Any]]) -> Entry:
        body = released.value
        if self.keys is None:
            return Entry(seq=seq, prev=prev, hash=entry_hash(prev, body), body=body)
        kept = storable(body)
        salts = salts_for(prev, kept, self.keys.secret("commitments"))
        bare = Entry(
            seq=seq,
            prev=prev,
            hash=hash_2(prev, kept, salts),
            body=kept,
            form=2,
            salts=salts,
            signer=self.keys.made().id,
        )
        return bare.model_copy(update={"signature": self.keys.sign(bare.signed_part(self.name))})

    def anchor(self) -> Anchor | None:
        """Set an anchor now; none if the log is unsigned or empty."""
        with self._locked() as handle:
            whole = _complete_part(handle)
            return self._anchor(whole) if whole else None

    def _anchor(self, whole: bytes) -> Anchor | None:
        if self.keys is None:
            return None
        made = anchor_of(self.name, _hashes(whole.split(b"\n")[:-1]), self.keys)
        path = self.anchor_file(self.keys)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        before = len(_complete_part(handle))  # half an anchor would spoil the next one
        try:
            os.ftruncate(handle, before)
            os.lseek(handle, before, os.SEEK_SET)
            _write(handle, made.line())
            os.fsync(handle)
        except OSError:  # a full disk
            os.ftruncate(handle, before)
            raise
        finally:
            os.close(handle)
        return made

    def anchors(self) -> tuple[Anchor, ...]:
        """Those that the workspace keeps."""
        return read_anchors(self.anchor_file(self.keys), ours=True) if self.keys else ()

    def anchor_file(self, keys: Keys) -> Path:
        """Where the anchors of this log are kept, apart from it."""
        return keys.home / "anchors" / self.path.name

    def tip(self) -> tuple[int, str]:
        """How many entries there are, and the hash of the last; empty if it cannot be read."""
        lines = self._lines()
        return len(lines), "".join(_hashes(lines[-1:]))

    def first(self) -> Entry | None:
        """The entry that it begins with; none if it is empty."""
        return next((self._readable(1, line) for line in self._lines(most=1)), None)

    def all(self) -> list[Entry]:
        """Every entry of every branch, in the order of writing."""
        return [self._readable(*each) for each in enumerate(self._lines(), start=1)]

    def naming(self, word: str) -> list[Entry]:
        """Those entries alone in which a name or value is this word."""
        mark = f'"{word}"'.encode()
        lines = enumerate(self._lines(), start=1)
        return [self._readable(number, line) for number, line in lines if mark in line]

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

    def verify(
        self, head: str = ROOT, key: PublicKey | None = None, anchors: Iterable[Anchor] = ()
    ) -> list[str]:
        """Problems, each with its line; empty when the file is as it was written.

        Lines cut off the end leave no trace in the file itself: they are found by `head`, the hash
        that the session's checkpoint holds, and by anchors.

        Args:
            head: last entry of the project.
            key: that should have signed; by default that of the workspace.
            anchors: that left the workspace; those kept in it are looked at as well.
        """
        here = self.keys.public if self.keys else None
        lines = self._lines()
        found = changes(lines, self.name, head, key or here)
        if key is not None and lines and len(_unsigned(lines)) == len(lines):
            found.append("Whole file: no line is signed.")
        try:
            kept = self.anchors()
        except InputError as error:
            found, kept = [*found, f"Anchors: {error.message}"], ()
        anchored = {*kept, *anchors}
        hashes = _hashes(lines) if anchored else []
        return found + list(broken(anchored, hashes, self.name, key or here))

    def unsigned(self) -> list[int]:
        """Numbers of the lines that an older version wrote, without a signature."""
        return _unsigned(self._lines())

    def _readable(self, number: int, line: bytes) -> Entry:
        """The entry of a line, which is read once however often the log is gone through."""
        if line not in self._known:
            self._known[line] = _readable(line, self.path, number)
        return self._known[line]

    def _lines(self, most: int | None = None) -> list[bytes]:
        """Complete lines, all or the first; what follows the last break was never finished."""
        try:
            with self.path.open("rb") as file:
                whole = file.read() if most is None else b"".join(islice(file, most))
            return whole.split(b"\n")[:-1]
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


def _last(whole: bytes, path: Path) -> str:
    """The hash of the last line; one that cannot be read is not followed."""
    lines = whole.split(b"\n")[:-1]
    return _readable(lines[-1], path, len(lines)).hash if lines else ROOT


def _hashes(lines: Iterable[bytes]) -> list[str]:
    """The hash of every line; empty for one that cannot be read."""
    return [entry.hash if entry else "" for entry in map(_entry_in, lines)]


def _unsigned(lines: Iterable[bytes]) -> list[int]:
    entries = enumerate(map(_entry_in, lines), start=1)
    return [number for number, entry in entries if entry and not entry.signature]


def _entry_in(line: bytes) -> Entry | None:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        return None


def _readable(line: bytes, path: Path, number: int) -> Entry:
    """The entry of a line that has to be one."""
    try:
        return Entry.model_validate_json(line)
    except ValidationError as error:
        raise StoreError(
            f"Line {number} of the audit log {path.name} cannot be read.",
            "The file was changed after it was written; `synthcraft audit verify` "
            "lists every such place.",
        ) from error


def _complete_part(handle: int) -> bytes:
    """The complete lines; what a crash left half-written comes after them."""
    data = b""
    while chunk := os.read(handle, 2**20):
        data += chunk
    return data[: data.rfind(b"\n") + 1]


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def audit_log(home: Path, name: str) -> AuditLog:
    """A signed log of a workspace: that of a project, or one that stands beside them."""
    return AuditLog(home / "audit" / f"{name}.jsonl", Keys(home))


def ledger_path(home: Path, name: str) -> Path:
    """Where every byte that left for a language model is kept: of a project, or of `doctor`."""
    return home / "ledger" / f"{name}.jsonl"
