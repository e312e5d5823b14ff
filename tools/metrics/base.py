"""The result record, what a metric returns, and the tables it is computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from synthcraft.graph.records import Task, Tier
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.metrics import columns as coding
from synthcraft.tools.survey_columns import SurveyColumns
from synthcraft.tools.table_schema import Column, TableSchema

if TYPE_CHECKING:
    from synthcraft.tools.metrics.crossfit import Fold
    from synthcraft.tools.privacy.dp_record import DPRecord
    from synthcraft.tools.privacy.shadow_halves import Shadows

Status = Literal[
    "pass", "refer", "fail", "described", "error", "suppressed", "uninformative", "not_assessed"
]
"""`described`: a number that no threshold judges."""
Direction = Literal["lower", "higher", "target"]
TIERS: tuple[Tier, ...] = get_args(Tier)
T = TypeVar("T")


class Result(BaseModel):
    """One number with everything needed to read it (specs: evaluation, 4.1)."""

    model_config = ConfigDict(extra="forbid")

    metric_id: str
    family: str
    title: str = ""
    explanation: str = ""
    """One sentence: what good looks like."""
    candidate: str = ""
    replicate: int = 0
    """Which independent fit; 0 is the one whose table may leave."""
    column: str | None = None
    """Set on the rows of a per-column breakdown; None on the metric's own row."""
    group: str | None = None
    """Set on the rows of a subgroup."""
    estimates: dict[str, tuple[float, float, float]] = Field(default_factory=dict)
    """"real" and "synthetic" -> estimate and its interval, on the rows of one coefficient."""
    definition_version: int = 1
    code_hash: str = ""
    rows_used: dict[str, int] = Field(default_factory=dict)
    """Rows of T (train), V (validation) and H (holdout) that were read."""
    n_real: int = 0
    n_syn: int = 0
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str = ""
    anchors: dict[str, float | None] = Field(default_factory=dict)
    """A0 the floor, A1 fresh real rows, A2 a jittered copy of the training rows."""
    floor: str = ""
    """What A0 is for this metric."""
    normalised: float | None = None
    """0 at the floor, 1 at fresh real rows."""
    direction: Direction = "lower"
    ideal_value: float | None = None
    threshold: float | None = None
    """The limit for `pass`; `threshold_text` holds the whole rule."""
    threshold_text: str = ""
    threshold_source: str = ""
    status: Status = "not_assessed"
    events: int | None = None
    """Events among the real rows behind a subgroup's number, rounded to five; None under ten."""
    mde: float | None = None
    """Smallest effect that the test could have seen."""
    noise: float = 0.0
    """Sampling noise at this size, below which no limit is set."""
    p_value: float | None = None
    """Of the test against no effect, where there is one."""
    p_adjusted: float | None = None
    """The same after looking at many results at once; `adjustment` says how."""
    adjustment: str = ""
    endpoint: str = ""
    """Set on endpoints that were named beforehand: its place, and whether it may confirm."""
    seeds: dict[str, int] = Field(default_factory=dict)
    runtime_s: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Value:
    """What a metric function returns for one row of results; the registry adds the rest.

    Attributes:
        value: the number; None where it cannot be had.
        score: what the threshold judges when that is not the value (a z or a p).
        noise: sampling noise at this size; no limit is set below it.
        p: of the test against no effect; without it the interval is used, where `null` is declared.
        n, events: real rows and events behind a subgroup's number, where not those of the table.
        at_best, at_worst: the best and worst status that this evidence can carry.
        status: set by the metric only where no threshold applies (suppressed, not_assessed).
        estimates: "real" and "synthetic" -> estimate and its interval, for a forest plot.
    """

    value: float | None
    column: str | None = None
    group: str | None = None
    ci: tuple[float, float] | None = None
    ci_method: str = ""
    score: float | None = None
    noise: float = 0.0
    mde: float | None = None
    p: float | None = None
    ideal: float | None = None
    n: int | None = None
    events: int | None = None
    at_best: Status | None = None
    at_worst: Status | None = None
    status: Status | None = None
    message: str = ""
    estimates: dict[str, tuple[float, float, float]] = field(default_factory=dict)


def placed(value: float, floor: float, fresh: float) -> float:
    """Where a value lies: 0 at the floor or below, 1 at fresh real rows, 1.2 at the most."""
    return float(np.clip((value - floor) / (fresh - floor), 0.0, 1.2))


@dataclass
class EvalContext:
    """The frozen parts of the real table, one synthetic table, and what is asked of them.

    Frames have canonical dtypes. What depends on the real rows alone is kept in a cache that
    contexts made by `with_synthetic` share, so anchors cost no second encoder or real model.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    holdout: pd.DataFrame
    synthetic: pd.DataFrame
    schema: TableSchema
    target: str | None = None
    task: Task = "none"
    protected: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    """Columns whose values an attacker wants to learn."""
    quasi_identifiers: tuple[str, ...] = ()
    """Columns that an attacker may know of a person."""
    time_column: str | None = None
    """Time until the event `target`, where the task is about survival."""
    risk_threshold: float | None = None
    """Predicted risk from which a person would be treated; None: the prevalence."""
    bands: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Inner limits of the bands of a numeric protected column."""
    survey: SurveyColumns = field(default_factory=SurveyColumns)
    """Columns of the survey design: in the frames, not in the schema."""
    replicates: tuple[pd.DataFrame, ...] = ()
    """Synthetic tables of other fits of the same generator, for what combines several."""
    claim: DPRecord | None = None
    """What the generator claims of differential privacy."""
    canaries: tuple[str, ...] = ()
    """Values that were planted in the real table, and that must not come out again."""
    folds: tuple[Fold, ...] = ()
    """The generator fitted without each part of all people, where events are few."""
    folds_missing: str = "The generator was not fitted anew without parts of the people."
    shadows: Shadows | None = None
    """What generators made that an attacker trained on halves of all people."""
    shadows_missing: str = "No generators were trained on halves of the people."
    least: int = MIN_CELL
    """Real people behind every number that is told; a plan may ask for more than ten."""
    seed: int = 0
    bootstrap: int = 1000
    expected_rows: int | None = None
    holdout_seen: str = ""
    """Why the maker of the synthetic table may have seen the holdout; empty: it was kept away."""
    _real: dict[Hashable, Any] = field(default_factory=dict, repr=False, init=False)
    _own: dict[Hashable, Any] = field(default_factory=dict, repr=False, init=False)

    def rng(self, name: str) -> np.random.Generator:
        """The generator of one named use: the same seed and name, the same draws."""
        word = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return np.random.default_rng([self.seed, word])

    def with_synthetic(self, frame: pd.DataFrame) -> EvalContext:
        """The same question about another synthetic table, which has no replicates."""
        other = replace(self, synthetic=frame, replicates=())
        other._real = self._real
        return other

    def halved(self) -> EvalContext:
        """One half of the holdout as the synthetic table, the other half as the holdout."""
        order = self.rng("halves").permutation(len(self.holdout))
        middle = len(order) // 2
        first, second = self.holdout.iloc[order[:middle]], self.holdout.iloc[order[middle:]]
        return replace(self, synthetic=first, holdout=second, replicates=())

    def real(self, key: Hashable, build: Callable[[], T]) -> T:
        """A value that depends on the real tables alone."""
        if key not in self._real:
            self._real[key] = build()
        value: T = self._real[key]
        return value

    def own(self, key: Hashable, build: Callable[[], T]) -> T:
        """A value that depends on the synthetic table too."""
        if key not in self._own:
            self._own[key] = build()
        value: T = self._own[key]
        return value

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns that are compared: no identifiers, no free text, present on both sides."""
        present = set(self.synthetic.columns) & set(self.train.columns)
        return tuple(c for c in self.schema.columns if coding.is_compared(c) and c.name in present)

    @property
    def features(self) -> tuple[Column, ...]:
        """The compared columns without the target and the time until it."""
        return tuple(c for c in self.columns if c.name not in (self.target, self.time_column))
