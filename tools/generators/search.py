"""The search for a good generator on one table: what may run, what ran, and why each choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthcraft.graph.records import Flags
from synthcraft.tools.generators.budget import SAFETY, fits

ClaimLevel = Literal[
    "copies real rows",
    "structure removed on purpose",
    "heuristic, no guarantee",
    "nominal, contradicted by code or audit",
    "formal mechanism, domain from data",
    "formal, end to end",
]
Rule = Literal["thompson", "expected_improvement", "early_rung", "successive_halving"]

PRIVACY_CLASS: dict[ClaimLevel, int] = {
    "copies real rows": 0,
    "structure removed on purpose": 0,
    "heuristic, no guarantee": 0,
    "nominal, contradicted by code or audit": 1,
    "formal mechanism, domain from data": 2,
    "formal, end to end": 3,
}
"""How much a claim level promises: who asks for a class is served by any higher one."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Arm(_Frozen):
    """A generator that might be run on this table."""

    name: str
    minutes: float = Field(ge=0)
    """Predicted for a whole run."""
    claim_level: ClaimLevel
    barred: str = ""
    """Why it cannot be used at all (not installed, excluded by the person), in words."""
    early: float = Field(default=1.0, gt=0, le=1)
    """Share of its final quality that a short run is expected to reach."""

    @property
    def counted_minutes(self) -> float:
        """What it counts for against the budget."""
        return SAFETY * self.minutes


class Trial(_Frozen):
    """A run on this table that has ended."""

    generator: str
    minutes: float = Field(ge=0)
    quality: float | None = Field(ge=0, le=1)
    """Higher is better; None: it gave no result."""
    share: float = Field(default=1.0, gt=0, le=1)
    """Of a whole run; below 1 it was only a look at how it starts."""


class Search(_Frozen):
    """Everything a choice depends on, besides what was learnt of other tables."""

    flags: Flags
    minutes: float = Field(ge=0)
    """Budget of the whole search."""
    arms: tuple[Arm, ...]
    trials: tuple[Trial, ...] = ()
    asked: ClaimLevel = "heuristic, no guarantee"
    """The least claim level that this project accepts."""

    @model_validator(mode="after")
    def _each_arm_once(self) -> Self:
        names = [arm.name for arm in self.arms]
        if len(set(names)) < len(names):
            raise ValueError("an arm is listed twice")
        if not {trial.generator for trial in self.trials} <= set(names):
            raise ValueError("a trial belongs to no arm")
        return self

    @property
    def left(self) -> float:
        """Minutes that are left."""
        return self.minutes - sum(trial.minutes for trial in self.trials)

    @property
    def whole(self) -> tuple[Trial, ...]:
        """Whole runs, in their order."""
        return tuple(trial for trial in self.trials if trial.share == 1)

    @property
    def worked(self) -> bool:
        """Whether any whole run has given a result."""
        return any(trial.quality is not None for trial in self.whole)

    @property
    def best(self) -> float:
        """Highest quality of a whole run; 0, the least there is, before one has worked."""
        return max((t.quality for t in self.whole if t.quality is not None), default=0.0)

    def early(self, share: float | None = None) -> dict[str, float]:
        """Qualities of short runs that worked, the last of each generator; of one share, or any."""
        return {
            trial.generator: trial.quality
            for trial in self.trials
            if trial.quality is not None and trial.share < 1 and share in (None, trial.share)
        }


class Standing(_Frozen):
    """How one generator stood when a choice was made."""

    generator: str
    minutes: float
    value: float
    """What the rule ranks by: a draw, an expected gain, or a quality measured early."""
    mean: float | None = None
    sd: float | None = None
    runs: float | None = None
    """Expected quality on this table, its uncertainty and the observations behind it."""


class Selection(_Frozen):
    """One choice, with everything that was weighed and everything that was dropped."""

    number: int
    """Place of the run, or of the first of several, among those on this table, from 1."""
    rule: Rule
    chosen: tuple[str, ...] = ()
    """To be run now, side by side if one likes; nothing: the search has ended."""
    share: float = 1.0
    standings: tuple[Standing, ...] = ()
    """The generators that were open, best first."""
    dropped: dict[str, str] = Field(default_factory=dict)
    """The generators that were not, each with the reason."""
    why: str

    @property
    def alternatives(self) -> tuple[Standing, ...]:
        """What was open and not chosen, best first."""
        return tuple(s for s in self.standings if s.generator not in self.chosen)


def open_arms(search: Search, spare: float = 1.0) -> tuple[tuple[Arm, ...], dict[str, str]]:
    """What may be run as a whole now, and why everything else was dropped.

    Args:
        search: the table, the budget, the arms and what has run.
        spare: how many times its counted minutes a generator should find while nothing has
            worked yet, where any of them does: the budget may cut a run short, and then the
            search has nothing.
    """
    reasons = {arm.name: _reason(arm, search) for arm in search.arms}
    may = [arm for arm in search.arms if not reasons[arm.name]]
    roomy = [arm for arm in may if spare * arm.counted_minutes <= search.left]
    if roomy and not search.worked:
        tight = "it would fit with too little time to spare, while nothing has worked yet"
        reasons |= {arm.name: tight for arm in may if arm not in roomy}
        may = roomy
    return tuple(may), {name: reason for name, reason in reasons.items() if reason}


def _reason(arm: Arm, search: Search) -> str:
    """Why an arm is masked, or nothing."""
    if arm.barred:
        return arm.barred
    if PRIVACY_CLASS[arm.claim_level] < PRIVACY_CLASS[search.asked]:
        return f"its claim level ({arm.claim_level}) is below the one asked for ({search.asked})"
    own = [trial for trial in search.trials if trial.generator == arm.name]
    if any(trial.quality is None for trial in own):
        return "it was tried here and gave no result"
    if any(trial.share == 1 for trial in own):
        return "it was run here already"
    if not fits(60 * arm.minutes, search.left):
        return (
            f"its {arm.minutes:.1f} minutes, counted with a margin as {arm.counted_minutes:.1f}, "
            f"do not fit into the {max(search.left, 0):.1f} that are left"
        )
    return ""


def recorded(
    search: Search,
    rule: Rule,
    why: str,
    dropped: Mapping[str, str],
    standings: Iterable[Standing] = (),
    chosen: Iterable[str] = (),
    share: float = 1.0,
) -> Selection:
    """The record of a choice at this point of the search; without `chosen` it ends there."""
    return Selection(
        number=len(search.trials) + 1,
        rule=rule,
        chosen=tuple(chosen),
        share=share,
        standings=tuple(standings),
        dropped=dict(dropped),
        why=why,
    )
