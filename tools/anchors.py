"""Anchors: what the log was at a moment, kept apart, so that what is cut off later is missed.

An anchor covers every line that the file then had, on all branches. One that left the workspace,
in a mail or on paper, convicts even somebody who holds the signing key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from synthcraft.graph.errors import InputError, StoreError
from synthcraft.tools.audit_entry import canonical_2
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.signing import Keys, PublicKey

EVERY = 100
"""Entries from one anchor to the next, where no gate sets one earlier."""


class Anchor(BaseModel):
    """The state of a log at a moment.

    Attributes:
        log: name of the log.
        at: when, UTC.
        seq: how many lines it had.
        head: hash of the last one.
        chain: SHA-256 of the hashes of these lines, in their order.
        signer: name of the key that signed.
        signature: of all of this, hexadecimal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    log: str
    at: str
    seq: int
    head: str
    chain: str
    signer: str
    signature: str = ""

    def signed_part(self) -> bytes:
        """The bytes that the signature is of."""
        return canonical_2({"anchor": self.model_dump(exclude={"signature"})})

    def line(self) -> bytes:
        """How it stands in a file."""
        return canonical_2(self.model_dump()) + b"\n"


def anchor_of(log: str, hashes: Sequence[str], keys: Keys) -> Anchor:
    """The anchor of a log whose lines have these hashes."""
    bare = Anchor(
        log=log,
        at=utc_now(),
        seq=len(hashes),
        head=hashes[-1],
        chain=_chain(hashes),
        signer=keys.made().id,
    )
    return bare.model_copy(update={"signature": keys.sign(bare.signed_part())})


def read_anchors(path: Path, ours: bool = False) -> tuple[Anchor, ...]:
    """The anchors in a file, one a line; none if there is no file.

    In one of `ours`, a last line without an end was never finished and counts for nothing.

    Raises:
        InputError: it holds something else.
        StoreError: it cannot be read.
    """
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise StoreError(
            f"The anchors in {path.name} could not be read ({error.strerror}).",
            "Check the permissions of the file.",
        ) from error
    lines = data[: data.rfind(b"\n") + 1 if ours else None].splitlines()
    try:
        return tuple(Anchor.model_validate_json(line) for line in lines if line.strip())
    except ValidationError:
        raise InputError(
            f"The file {path.name} holds a line that is no anchor of an audit log.",
            "Give the file as `synthcraft audit anchor` wrote it.",
        ) from None


def broken(
    anchors: Iterable[Anchor], hashes: Sequence[str], log: str, key: PublicKey | None
) -> Iterator[str]:
    """Where a log is not what was anchored."""
    agreed = 0
    for anchor in sorted(anchors, key=lambda each: each.seq):
        name = f"Anchor of {anchor.at}"
        if anchor.log != log:
            yield f"{name}: belongs to another log, {anchor.log}."
        elif key is not None and not key.signed(anchor.signed_part(), anchor.signature):
            other = f"another key, {anchor.signer}" if anchor.signer != key.id else "no key"
            yield f"{name}: its signature is of {other}; it was not made here, or was changed."
        elif anchor.seq > len(hashes):
            yield (
                f"{name}: the log had {anchor.seq} lines and now has {len(hashes)}; "
                "lines were cut off."
            )
        elif _chain(hashes[: anchor.seq]) != anchor.chain:
            yield f"{name}: of lines {agreed + 1} to {anchor.seq} not all are as they were."
        else:
            agreed = anchor.seq


def _chain(hashes: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
