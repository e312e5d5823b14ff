"""What was changed in an audit log since it was written, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from pydantic import ValidationError

from synthcraft.tools.audit_entry import Entry
from synthcraft.tools.signing import PublicKey


def changes(lines: Iterable[bytes], log: str, head: str, key: PublicKey | None) -> list[str]:
    """Every place that is not as it was written, with its line.

    Args:
        lines: of the file, without line breaks.
        log: name of the log.
        head: hash of the last entry of the project; empty if not known.
        key: that should have signed; none: a log that is not signed.
    """
    found: list[str] = []
    known, signed = {""}, False
    for number, line in enumerate(lines, start=1):
        entry, faults = _examined(line, log, key)
        if entry is not None:
            faults = (*faults, *_misplaced(entry, number, known))
            if signed and not entry.signature:
                faults = (*faults, "is not signed, although earlier lines are.")
            signed = signed or bool(entry.signature)
            known.add(entry.hash)
        found += [f"Line {number}: {fault}" for fault in faults]
    if head not in known:
        found.append(f"End of file: the session's last entry, {head[:12]}, is missing.")
    return found


def lost_prompts(entries: Iterable[Entry], ledger: Iterable[Entry]) -> list[str]:
    """Entries that name a prompt which the ledger of the project no longer holds."""
    kept = {(sent.seq, sent.hash) for sent in ledger}
    found = []
    for entry in entries:
        named = entry.body.get("ledger")
        if named and (named["entries"], named["last"]) not in kept:
            found.append(
                f"Line {entry.seq}: names entry {named['entries']} of the ledger of prompts, "
                "which is no longer there as it was."
            )
    return found


@lru_cache(maxsize=2048)
def _examined(line: bytes, log: str, key: PublicKey | None) -> tuple[Entry | None, tuple[str, ...]]:
    """What is wrong with a line by itself; kept, as a log grows and is looked at again."""
    try:
        entry = Entry.model_validate_json(line)
    except ValidationError:
        return None, ("not an entry of the log.",)
    return entry, tuple(_faults(entry, line, log, key))


def _faults(entry: Entry, line: bytes, log: str, key: PublicKey | None) -> Iterator[str]:
    if not entry.intact:
        yield "content and hash do not agree; the entry was edited."
    elif not _as_written(entry, line):
        yield "not written in the form of the log; the line was edited."
    if entry.form == 1:
        return
    if key is None:
        if entry.signature:
            yield f"signed with the key {entry.signer}, which is not here; give it with --key."
    elif not entry.signature:
        yield "its signature was taken away."
    elif entry.signer != key.id:
        yield f"signed with another key, {entry.signer}, than {key.id}."
    elif not key.signed(entry.signed_part(log), entry.signature):
        yield "the signature is not of this entry in this place."


def _as_written(entry: Entry, line: bytes) -> bool:
    try:
        return entry.line() == line + b"\n"
    except ValueError:  # a number that JSON cannot hold
        return False


def _misplaced(entry: Entry, number: int, known: set[str]) -> Iterator[str]:
    if entry.seq != number:
        yield f"has number {entry.seq}; lines were removed, inserted or reordered."
    if entry.prev not in known:
        yield f"follows an unknown entry {entry.prev[:12]}."
    if entry.hash in known:
        yield "repeats the hash of an earlier entry."
