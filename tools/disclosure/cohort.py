"""Which tables have had a card: two cards must not differ by one to nine people."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict

from synthcraft.graph.errors import GuardError
from synthcraft.tools.disclosure.rounding import MIN_CELL

_SIZE = 8


class Cohort(BaseModel):
    """The people of one table as keyed hashes, and the digest of its card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    people: frozenset[str]


class CohortBook:
    """Kept in the workspace; it never leaves, and says nothing without its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def people(self, frame: pd.DataFrame, person: str | None = None) -> frozenset[str]:
        """Keyed hashes of the persons, or of whole rows where persons are not numbered."""
        key = self._key()
        if person:
            texts: Iterator[str] = (str(value) for value in frame[person].dropna().unique())
        else:
            ordered = frame[sorted(frame.columns)].astype("string").fillna("\x00")
            texts = ("\x1f".join(row) for row in ordered.itertuples(index=False))
        found, seen = set(), dict[str, int]()
        for text in texts:
            # equal rows are as many people
            seen[text] = seen.get(text, 0) + 1
            body = f"{text}\x1e{seen[text]}".encode()
            found.add(hashlib.blake2b(body, key=key, digest_size=_SIZE).hexdigest())
        return frozenset(found)

    def admit(self, people: frozenset[str], card: str) -> None:
        """Enter a table whose card is approved.

        Raises:
            GuardError: it differs from an earlier one by fewer than ten people.
        """
        for earlier in self._all():
            differing = len(earlier.people ^ people)
            if 0 < differing < MIN_CELL:
                raise GuardError(
                    "A card of nearly the same people was approved before: both together would "
                    "tell of the few in whom they differ.",
                    "Go on without a language model, or use the table of the earlier card.",
                )
            if differing == 0 and earlier.card == card:
                return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        entry = Cohort(card=card, people=people)
        path = self.folder / f"cohort_{card[:16]}.json"
        path.write_text(entry.model_dump_json(), encoding="utf-8")
        path.chmod(0o600)

    def _all(self) -> Iterator[Cohort]:
        for path in sorted(self.folder.glob("cohort_*.json")):
            yield Cohort.model_validate(json.loads(path.read_text(encoding="utf-8")))

    def _key(self) -> bytes:
        path = self.folder / "cohort.key"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(secrets.token_bytes(32))
            path.chmod(0o600)
        return path.read_bytes()
