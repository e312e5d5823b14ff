"""Of which tables numbers left: those of two must not differ by one to nine people."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict

from synthcraft.graph.errors import GuardError
from synthcraft.tools.artifacts import write_atomically
from synthcraft.tools.disclosure.rounding import MIN_CELL

_SIZE = 8


class Cohort(BaseModel):
    """The people of one table as keyed hashes, and the digest of its card or of the table."""

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
        entry = Cohort(card=card, people=people)
        path = self.folder / f"cohort_{card[:16]}.json"
        write_atomically(path, [entry.model_dump_json().encode()])

    def shown(self, table: str) -> bool:
        """Whether numbers of this table (its SHA-256) have left before."""
        return any(self.folder.glob(f"table_*_{table[:16]}.json"))

    def near(self, people: frozenset[str]) -> int:
        """By how many people these differ from those of an earlier table; 0 if by none or many."""
        for size in range(len(people) - MIN_CELL + 1, len(people) + MIN_CELL):
            for path in sorted(self.folder.glob(f"table_{size}_*.json")):
                earlier = Cohort.model_validate_json(path.read_text(encoding="utf-8"))
                if 0 < (differing := len(earlier.people ^ people)) < MIN_CELL:
                    return differing
        return 0

    def show(self, people: frozenset[str], table: str) -> None:
        """Enter a table of which numbers leave."""
        entry = Cohort(card=table, people=people)
        path = self.folder / f"table_{len(people)}_{table[:16]}.json"
        write_atomically(path, [entry.model_dump_json().encode()])

    def _all(self) -> Iterator[Cohort]:
        for path in sorted(self.folder.glob("cohort_*.json")):
            yield Cohort.model_validate(json.loads(path.read_text(encoding="utf-8")))

    def _key(self) -> bytes:
        path = self.folder / "cohort.key"
        if not path.exists():
            write_atomically(path, [secrets.token_bytes(32)])
        return path.read_bytes()
