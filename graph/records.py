"""Small typed records that the state carries; tables and long results stay in the store."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

UseCase = Literal["sharing", "augmentation", "privacy", "development"]
Task = Literal["classification", "regression", "survival", "none"]
Role = Literal["feature", "target", "identifier", "free_text", "date", "drop"]
KEPT_OUT: tuple[Role, ...] = ("identifier", "free_text", "drop")
"""Roles that no generator ever sees."""
Preset = Literal["quick", "standard", "paper"]
PrivacyTier = Literal["none", "moderate", "strict", "unknown"]
Tier = Literal["quick", "standard", "publication"]
"""How thorough an evaluation is."""
MAX_REPLICATES = 10
"""Most independent fits of one generator."""


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value (sorted keys, no spaces)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Record(BaseModel):
    """Base of the records below."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ArtifactRef(Record):
    """A file in the write-once store."""

    sha256: str
    kind: str
    bytes: int
    producer: str = ""


class Source(Record):
    """Where the table came from."""

    name: str
    format: str
    rows: int
    columns: int
    sha256: str
    """Of the file; of the joined table where there were several."""
    files: dict[str, str] = Field(default_factory=dict)
    """File name -> SHA-256 of each file as it was given."""
    notes: tuple[str, ...] = ()


class Inbox(Record):
    """Files to be read when the project starts."""

    paths: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """Columns to keep; empty: all."""
    join_on: str | None = None
    codebook: str | None = None
    """SHA-256 of the confirmed codebook in the store."""


class Flags(Record):
    """Context of the project: booleans only, the one thing the bandit learns by."""

    small: bool = False
    wide: bool = False
    missing: bool = False
    imbalanced: bool = False
    ambiguous: bool = True
    low_budget: bool = False
    expert: bool = False
    privacy: PrivacyTier = "unknown"


class GeneratorPlan(Record):
    """One generator with every parameter, as proposed and approved."""

    id: str
    generator: str
    params: dict[str, Any] = Field(default_factory=dict)
    where: dict[str, Any] = Field(default_factory=dict)
    """Condition on the sampled rows: column -> value."""
    claim_level: str
    reason: str
    group: str
    """The action that runs it (gen_fast, gen_gan, gen_diffusion, gen_dp)."""
    seconds: float
    memory_mb: float
    seed: int


def rising(bands: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """The bands as they are, if the limits of each column rise."""
    for name, limits in bands.items():
        if any(low >= high for low, high in pairwise(limits)):
            raise ValueError(f"the bands of {name!r} must rise, each limit above the one before")
    return bands


class Plan(Record):
    """What was agreed with the person; its digest is what gates approve."""

    use_case: UseCase = "sharing"
    target: str | None = None
    task: Task = "none"
    time_column: str | None = None
    """Time until the event `target`, where the task is survival."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Only roles other than `feature`."""
    sensitive: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    rows: int | None = None
    """Synthetic rows per generator; None: as many as training rows, to the nearest five."""
    preset: Preset = "standard"
    budget_minutes: float = 30.0
    epsilon: float | None = None
    requested: tuple[str, ...] = ()
    """Generators the person asked for by name; all of them run."""
    excluded: tuple[str, ...] = ()
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    thresholds: dict[str, float] = Field(default_factory=dict)
    generators: tuple[GeneratorPlan, ...] = ()
    split_by: tuple[str, ...] | None = None
    """Columns by which the holdout was stratified beside the target; None: not split yet."""
    metrics: tuple[str, ...] = ()
    """Metric families chosen for the evaluation."""
    tier: Tier = "standard"
    """How thorough the evaluation is."""
    risk_threshold: float | None = Field(default=None, gt=0, lt=1)
    """Predicted risk from which a person would be treated; None: the prevalence."""
    bands: Annotated[dict[str, tuple[FiniteFloat, ...]], AfterValidator(rising)] = Field(
        default_factory=dict
    )
    """Inner limits of the bands of a numeric protected column."""
    canaries: tuple[str, ...] = ()
    """Values planted in the real table, which must not come out again."""
    replicates: int = Field(default=1, ge=1, le=MAX_REPLICATES)
    """Independent fits of each generator; the table of the first is the file that may leave."""
    min_cell: int = Field(default=0, ge=0)
    """People behind every number about real people, where more than ten are wanted."""
    choose: bool = False
    """Whether `generators` are run one after the other until the time limit, and one is kept."""

    @property
    def digest(self) -> str:
        """SHA-256 over every field; younger ones count only where they say something.

        So digests of older records stay as they were.
        """
        younger = {"replicates": 1, "choose": False, "min_cell": 0}
        without = {name for name, usual in younger.items() if getattr(self, name) == usual}
        return digest_of(self.model_dump(mode="json", exclude=without))


class Split(Record):
    """Sizes of the frozen parts."""

    train: int
    validation: int
    holdout: int


class FurtherFit(Record):
    """Another independent fit of a candidate's generator; its table stays in the store."""

    number: int
    """From 1; the fit that made the candidate's own file is 0."""
    fit_seed: int
    sample_seed: int
    rows: int = 0
    sha256: str = ""
    seconds: float = 0.0
    status: Literal["ok", "failed", "cancelled", "refused"] = "ok"
    message: str = ""
    cached: bool = False


class Candidate(Record):
    """One synthetic file, or the reason why there is none."""

    id: str
    generator: str
    params: dict[str, Any] = Field(default_factory=dict)
    where: dict[str, Any] = Field(default_factory=dict)
    claim_level: str = ""
    seed: int = 0
    rows: int = 0
    sha256: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0
    status: Literal["ok", "failed", "cancelled", "refused"] = "ok"
    message: str = ""
    cached: bool = False
    repaired_cells: int = 0
    repaired: dict[str, int] = Field(default_factory=dict)
    """Column -> cells that did not fit its declaration and were put right."""
    acceptance: float | None = None
    """Share of sampled rows that passed, where rows were rejected."""
    predicted_seconds: float | None = None
    """What was said before it ran: by a pilot where there was one, else by the catalogue."""
    round: int = 0
    quality: float | None = None
    """On the validation rows, 0 to 1: what generators are compared by, never what is released."""
    replicates: tuple[FurtherFit, ...] = ()
    """The other fits that were asked for, with those that gave no data."""

    @property
    def further(self) -> tuple[FurtherFit, ...]:
        """The other fits that made a table."""
        return tuple(fit for fit in self.replicates if fit.status == "ok")


class Verdict(Record):
    """The decision aid's state for one candidate."""

    candidate: str
    state: Literal["BLOCKED", "REFER", "CRITERIA MET"]
    reasons: tuple[str, ...] = ()
    not_assessed: tuple[str, ...] = ()
    headline: dict[str, float] = Field(default_factory=dict)
    """A handful of numbers for cards: metric id -> value."""


class Fix(Record):
    """What refinement proposes to change, and why."""

    kind: Literal["accept", "tune", "switch", "rebalance"]
    reason: str
    generators: tuple[GeneratorPlan, ...] = ()
