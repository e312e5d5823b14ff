"""All gates of a project on one sheet, with what its source data have seen so far."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.release.gates import Gate
from synthcraft.tools.release.ledger import Release
from synthcraft.tools.release.records import RECORDS, GateId

DECIDES: dict[GateId, str] = {
    "G0": "the steward or the custodian of the data",
    "G1": "the analyst",
    "G2": "the analyst, by name: an automatic approver signs nothing",
    "G3": "the analyst, who confirms the parameters",
    "G4": "nobody, for it follows from the results",
    "G5": "a steward who had no hand in the making",
    "G6": "the steward",
}


class GateSheet(BaseModel):
    """What a person reads before a release.

    Attributes:
        releases: those of this project, the oldest first.
        evaluations: from the source data, in every project that is still here.
        released: releases from the source data so far, withdrawn ones too.
        today: ISO 8601; what a release is judged by.
    """

    model_config = ConfigDict(frozen=True)

    session: str
    gates: tuple[Gate, ...]
    releases: tuple[Release, ...] = ()
    evaluations: int = 0
    released: int = 0
    today: str

    @property
    def counts(self) -> str:
        """What the source data have seen, as a sentence."""
        return (
            f"From these source data so far, in all projects of this workspace: "
            f"{_so_many(self.evaluations, 'evaluation')} (each family of measures of each table "
            f"counts) and {_so_many(self.released, 'release')}."
        )


def unsaid(gate: Gate) -> tuple[str, ...]:
    """Fields of a gate that nobody has filled yet."""
    return tuple(f for f in RECORDS[gate.gate].model_fields if gate.known[f] in ("", "unknown"))


def _so_many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
