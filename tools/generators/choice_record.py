"""The record of a choice: who approved it, what ran, who was dropped and why, what it took."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.graph.records import Split
from synthcraft.tools.generators.search import Selection
from synthcraft.tools.report.words import duration


class Run(BaseModel):
    """One run and its look, as they are told and kept."""

    model_config = ConfigDict(frozen=True)

    generator: str
    params: dict[str, Any]
    share: float
    rows: int
    """Training rows."""
    status: str
    message: str = ""
    """Why there is no quality."""
    quality: float | None = None
    parts: dict[str, float] = Field(default_factory=dict)
    """The endpoints behind the quality, by metric id."""
    seconds: float
    cached: bool
    """Whether all of it was there already."""
    sha256: str = ""
    """The synthetic table."""

    @property
    def how_much(self) -> str:
        """How much of a whole run it was."""
        return "whole run" if self.share == 1 else f"{self.share:.0%} of a run"

    @property
    def sentence(self) -> str:
        """What came of it."""
        found = self.message if self.quality is None else f"quality {self.quality:.3f} of 1"
        took = "from the cache" if self.cached else f"in {duration(self.seconds)}"
        return f"{self.generator}, {self.how_much} {took}: {found}"


class Choice(BaseModel):
    """A choice that has ended.

    Attributes:
        plan_digest: of what was approved: engines with every parameter, roles, budget.
        approved_by: a person, or a named auto-approver.
        chosen: the engine whose whole run was best; None where none worked.
        minutes: budget, and what the runs take together; those that were there count too.
        minutes_anew: of the runs that were not there already.
        minutes_of_all: of a whole run of every engine that no mask but time bars.
        predicted: engines whose minutes in that sum are a prediction.
        kept: file of the chosen run's table; a project keeps it as a candidate.
        learnt: whether the qualities were added to what the installation has learnt; a project
            adds them at its end.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    plan_digest: str
    approved_by: str
    seed: int
    split: Split
    chosen: str | None
    run: Run | None
    kept: str = ""
    budget_minutes: float
    minutes: float
    minutes_anew: float
    minutes_of_all: float
    predicted: tuple[str, ...]
    trail: tuple[Selection, ...]
    runs: tuple[Run, ...]
    learnt: bool = False

    @property
    def dropped(self) -> dict[str, list[str]]:
        """Why engines were dropped at last, and which; what was run speaks for itself."""
        ran = {name for selection in self.trail for name in selection.chosen}
        last = {name: why for selection in self.trail for name, why in selection.dropped.items()}
        return by_reason({name: why for name, why in last.items() if name not in ran})

    @property
    def steps(self) -> tuple[str, ...]:
        """Each choice in a sentence, in order."""
        return tuple(f"{n}. {selection.why}" for n, selection in enumerate(self.trail, start=1))

    @property
    def time(self) -> str:
        """What the runs took beside a whole run of everything."""
        spent, everything = (duration(60 * m) for m in (self.minutes, self.minutes_of_all))
        share = self.minutes / self.minutes_of_all if self.minutes_of_all else 1.0
        anew = duration(60 * self.minutes_anew)
        told = f"Time: {spent} ({anew} of it now), {share:.0%} of the {everything} for a whole run"
        named = f" of all, predicted for {', '.join(self.predicted)}." if self.predicted else ""
        return told + (named or " of all.")

    @property
    def result(self) -> str:
        """Which engine, and on what that rests."""
        if self.run is None:
            return "No generator gave a result."
        parts = ", ".join(f"{name} {value:.2f}" for name, value in self.run.parts.items())
        return (
            f"Chosen: {self.chosen}, quality {self.run.quality:.3f} of 1 ({parts}) on "
            f"{self.split.validation:,} rows that also chose it: judge it on the rows set aside."
        )


def by_reason(reasons: dict[str, str]) -> dict[str, list[str]]:
    """Names by what is said of them."""
    found: dict[str, list[str]] = {}
    for name, why in reasons.items():
        found.setdefault(why, []).append(name)
    return found
