"""One line of the audit log: its form, its hash, what it commits to without showing, its signature.

Form 1 is that of older versions, unsigned. Form 2 is canonical JSON (RFC 8785), and its hash covers
commitments in the place of what could be guessed from a hash: words that a person typed, sentences
that repeat them, and the source with its counts and checksums. A commitment is an HMAC of the value
under a salt that is itself a keyed HMAC. Whoever passes a line on may leave value and salt out;
hash and signature hold all the same.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_jsonable_python

GUESSABLE = {
    "start": ("prompt", "request", "source"),
    "approval": ("changes", "comment", "message", "reasons"),
    "feedback": ("message",),
    "gate": ("fields",),
    "release": ("reason", "terms"),
    "withdrawal": ("reason",),
    "child": ("what", "contact"),
}
"""Kind of entry -> fields of its body that its hash covers by commitments."""
_EXACT = 2**53 - 1
"""Largest whole number that every reader of JSON keeps as it is."""


class Entry(BaseModel):
    """One line of the log.

    Attributes:
        seq: its place in the file, from 1.
        prev: hash of the entry that it follows; empty for a first one.
        hash: SHA-256 of `prev` and what the body commits to.
        body: what was done.
        salts: field of the body -> salt of its commitment, hexadecimal.
        signer: name of the key that signed.
        signature: of the log's name, `seq` and `hash`, hexadecimal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
    prev: str
    hash: str
    body: dict[str, Any]
    form: Literal[1, 2] = 1
    salts: dict[str, str] = Field(default_factory=dict)
    signer: str = ""
    signature: str = ""

    def line(self) -> bytes:
        """The only form in which the entry may stand in the file."""
        write = canonical if self.form == 1 else canonical_2
        return write(self.model_dump(exclude_defaults=True)) + b"\n"

    @property
    def intact(self) -> bool:
        """Whether content and hash agree."""
        try:
            if self.form == 1:
                extra = self.salts or self.signer or self.signature
                return not extra and entry_hash(self.prev, self.body) == self.hash
            return hash_2(self.prev, self.body, self.salts) == self.hash
        except (ValueError, KeyError):  # numbers and salts that no entry of ours has
            return False

    def signed_part(self, log: str) -> bytes:
        """The bytes that the signature is of."""
        return canonical_2({"log": log, "seq": self.seq, "entry": self.hash})

    def withheld(self) -> Entry:
        """The same without what could be guessed; hash and signature still hold."""
        if self.form == 1:
            return self
        return self.model_copy(update={"body": _covered(self.body, self.salts), "salts": {}})


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, so that equal values have equal bytes (form 1)."""
    plain = to_jsonable_python(value, inf_nan_mode="null")
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")


def canonical_2(value: Any) -> bytes:
    """Canonical JSON of RFC 8785, in which every number is a double (form 2)."""
    return rfc8785.dumps(json.loads(canonical(value), parse_int=_double))


def storable(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as form 2 keeps it: whole numbers that a double cannot hold become text."""
    kept: dict[str, Any] = json.loads(canonical(body), parse_int=_exact)
    return kept


def entry_hash(prev: str, body: dict[str, Any]) -> str:
    """SHA-256 of the previous hash followed by the canonical body (form 1)."""
    return hashlib.sha256(prev.encode() + canonical(body)).hexdigest()


def hash_2(prev: str, body: Mapping[str, Any], salts: Mapping[str, str]) -> str:
    """SHA-256 of the form, the previous hash and the body with commitments (form 2)."""
    covered = canonical_2({"form": 2, "prev": prev, "body": _covered(body, salts)})
    return hashlib.sha256(covered).hexdigest()


def salts_for(prev: str, body: Mapping[str, Any], secret: bytes) -> dict[str, str]:
    """A salt for every field that could be guessed; the same step has the same ones again."""
    return {
        name: hmac.new(secret, canonical_2([prev, name, body]), "sha256").hexdigest()
        for name in GUESSABLE.get(str(body.get("kind")), ())
        if body.get(name)
    }


def _covered(body: Mapping[str, Any], salts: Mapping[str, str]) -> dict[str, Any]:
    made = {
        name: {"hmac_sha256": hmac.digest(salt.encode(), canonical_2(body[name]), "sha256").hex()}
        for name, salt in salts.items()
    }
    return {**body, **made}


def _double(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) <= _EXACT else float(digits)


def _exact(digits: str) -> int | str:
    number = int(digits)
    return number if abs(number) <= _EXACT else digits
