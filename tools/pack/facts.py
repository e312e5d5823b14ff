"""What a pack is made of, gathered once for every document in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from synthcraft.graph.records import Candidate, Plan
from synthcraft.tools.audit import Entry
from synthcraft.tools.codebook import CodebookEntry
from synthcraft.tools.codebook_match import Match
from synthcraft.tools.pack.levels import Level
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import CandidatePart
from synthcraft.tools.report.words import is_auto
from synthcraft.tools.report.writers import file_name
from synthcraft.tools.table_schema import Column, TableSchema


class PackFacts(BaseModel):
    """A project as one level of a pack may show it.

    Attributes:
        record: at that level.
        table: what the synthetic columns are; none before there is a plan.
        codebook: as it was confirmed; its texts are the custodian's own.
        times: candidate -> when its training began and ended, where that is known.
        there: candidates whose table is in the pack.
        missing: what should be here and is not, in sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    record: ReportRecord
    table: TableSchema | None = None
    codebook: Match | None = None
    times: dict[str, tuple[str, str]] = {}
    there: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """The project."""
        return self.record.results.session

    @property
    def day(self) -> str:
        """When the pack was made, as a date."""
        return self.record.created[:10]

    @property
    def candidates(self) -> tuple[CandidatePart, ...]:
        """Those whose table is in the pack."""
        return tuple(c for c in self.record.results.candidates if c.id in self.there)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Of the synthetic tables, in their order."""
        return self.table.columns if self.table else ()

    @property
    def plan(self) -> Plan:
        """What was agreed; the defaults before anything was."""
        return self.record.plan or Plan()

    @property
    def source_id(self) -> str:
        """The real data as a name: of the data themselves, nothing is in a pack."""
        mark = self.record.results.data.sha256
        kind = "hmac-sha256" if mark.startswith("hmac:") else "sha256"
        return f"urn:synthcraft:real-data:{kind}:{mark.removeprefix('hmac:') or 'unknown'}"

    @property
    def agent(self) -> str:
        """Who had the engines run: the last to approve their parameters."""
        given = [a.actor for a in self.record.approvals if a.gate == "parameters"]
        return given[-1] if given else "unknown"

    @property
    def automatic(self) -> bool:
        """Whether that was a program."""
        return is_auto(self.agent, self.record.auto_approver)

    def described(self, column: str) -> CodebookEntry:
        """What the codebook says of a column; nothing but its name where that is nothing."""
        found = [m.entry for m in self.codebook.matched] if self.codebook else []
        named = (entry for entry in found if entry.name == column)
        return next(named, CodebookEntry(name=column))


def table_file(candidate: str, ending: str = "parquet") -> str:
    """Where the table of a candidate lies in a pack."""
    return f"synthetic/{file_name(candidate)}.{ending}"


def training_times(
    entries: Iterable[Entry], candidates: Iterable[Candidate]
) -> dict[str, tuple[str, str]]:
    """When each candidate was trained, as the log tells it: it ended before its step was told."""
    ends = {
        call["seed"]: str(entry.body["at"])
        for entry in entries
        for call in entry.body.get("jobs", ())
        if call.get("job") == "generate"
    }
    found: dict[str, tuple[str, str]] = {}
    for each in candidates:
        if (at := ends.get(each.seed)) is not None:
            begin = datetime.fromisoformat(at) - timedelta(seconds=each.seconds)
            found[each.id] = (f"{begin:%Y-%m-%dT%H:%M:%SZ}", at)
    return found
