"""Synthetic tables of branches that were left: made and kept, and not what a report tells of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from synthcraft.graph.records import Candidate
from synthcraft.tools.audit import Entry

TABLES = "tables"
"""Field of the log in which a step names the tables that it made."""


class LeftTable(BaseModel):
    """A synthetic table as the log names it."""

    model_config = ConfigDict(frozen=True)

    candidate: str
    generator: str
    sha256: str

    @property
    def called(self) -> str:
        """Its names; candidates of two branches may share one, files do not."""
        return f"{self.candidate} ({self.generator}, file {self.sha256[:12]})"


def tables_made(candidates: Iterable[Candidate]) -> dict[str, Any]:
    """What a step enters into the log of the tables that it made."""
    made = [
        LeftTable(candidate=c.id, generator=c.generator, sha256=c.sha256).model_dump()
        for c in candidates
        if c.status == "ok"
    ]
    return {TABLES: made} if made else {}


def left_tables(
    everything: Iterable[Entry], branch: Iterable[Entry], reported: Collection[str]
) -> tuple[LeftTable, ...]:
    """Tables of other branches, each once; `reported` are hashes of those that stand."""
    here = {entry.hash for entry in branch}
    made = [
        LeftTable.model_validate(table)
        for entry in everything
        if entry.hash not in here
        for table in entry.body.get(TABLES, ())
    ]
    return tuple({t.sha256: t for t in made if t.sha256 not in reported}.values())
