"""The same regression on the real table and on every synthetic table, put side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.graph.records import Task
from synthcraft.tools.disclosure.rounding import MIN_CELL, enough_df
from synthcraft.tools.inference.agreement import Booleans, Interval, overlap, same_decision
from synthcraft.tools.inference.combine import Pooled, around, pool
from synthcraft.tools.inference.cox import cox
from synthcraft.tools.inference.design import Design, Formula, Term, formula, model_matrix
from synthcraft.tools.inference.models import Fit, linear, logistic
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, is_compared, is_number, numbers
from synthcraft.tools.table_schema import Column

_MIN_EVENTS = 10
_SPARSE = 5
_PLAIN: dict[Task, Callable[[Design], Fit]] = {
    "classification": lambda d: logistic(d.x, d.y),
    "regression": lambda d: linear(d.x, d.y),
    "survival": lambda d: cox(d.x, d.y, np.asarray(d.time)),
}
NAMES: dict[Task, str] = {
    "classification": "logistic regression",
    "regression": "linear regression",
    "survival": "Cox regression",
}


@dataclass(frozen=True)
class Estimates:
    """One table under the formula: its complete cases and fits, both kept where there are two."""

    design: Design
    plain: Fit
    firth: Fit | None = None

    @property
    def fit(self) -> Fit:
        """The fit that is reported: penalised wherever one side needs it."""
        return self.plain if self.firth is None else self.firth


@dataclass(frozen=True)
class Comparison:
    """Real and synthetic coefficients of one model.

    Attributes:
        lost: terms that synthetic tables cannot carry, with the reason.
        penalty: why Firth's penalty is used on both sides; empty if it is not.
    """

    formula: Formula
    real: Estimates
    sets: tuple[Estimates, ...]
    pooled: Pooled
    lost: Mapping[Term, str]
    penalty: str = ""

    @property
    def terms(self) -> tuple[Term, ...]:
        """Coefficients in order; what follows has one entry for each."""
        return self.formula.terms

    @cached_property
    def known(self) -> Booleans:
        """Which coefficients every table can give."""
        return ~np.isnan(self.pooled.estimate)

    @cached_property
    def scale(self) -> Floats:
        """Real standard deviation of a numeric term, 1 for a level."""
        deviation = self.real.design.x.std(axis=0, ddof=1)
        return np.where([t.level is None for t in self.terms], deviation, 1.0)

    @cached_property
    def real_interval(self) -> Interval:
        """Wald interval (95 %) of the real coefficients."""
        fit = self.real.fit
        return around(fit.beta, fit.variance, fit.df)

    @cached_property
    def synthetic_interval(self) -> Interval:
        """Interval (95 %) that admits the synthesis; of one table, by Raab's variance."""
        return self.pooled.interval()

    @cached_property
    def overlap(self) -> Floats:
        """Overlap of the real interval and of the one that real data would be said to have."""
        like_real = around(self.pooled.estimate, self.pooled.like_real, self.real.fit.df)
        return overlap(self.real_interval, like_real)

    @cached_property
    def shift(self) -> Floats:
        """(synthetic - real) in real standard errors."""
        difference = self.pooled.estimate - self.real.fit.beta
        return np.asarray(difference / np.sqrt(self.real.fit.variance))

    @cached_property
    def same_sign(self) -> Booleans:
        """Whether both coefficients point the same way."""
        return np.asarray(np.sign(self.pooled.estimate) == np.sign(self.real.fit.beta))

    @cached_property
    def same_decision(self) -> Booleans:
        """Whether both intervals say the same about an effect."""
        return same_decision(self.real_interval, self.synthetic_interval)

    @cached_property
    def inside(self) -> Booleans:
        """Whether the synthetic estimate lies in the real interval."""
        low, high = self.real_interval
        return (low <= self.pooled.estimate) & (self.pooled.estimate <= high)

    def refit(self, design: Design) -> Fit:
        """The model of the real rows on other rows, penalised where they are."""
        if self.penalty:
            return logistic(design.x, design.y, firth=True)
        return _PLAIN[self.formula.task](design)

    @property
    def model(self) -> str:
        """The model in words."""
        penalised = "Firth's penalised " if self.real.firth is not None else ""
        return penalised + NAMES[self.formula.task]


def comparison(ctx: EvalContext) -> Comparison:
    """The model of the target on the training rows and on all m synthetic tables; fitted once.

    Raises:
        DataError: see `compare`.
    """
    sets = (ctx.synthetic, *ctx.replicates)
    return ctx.own("comparison", lambda: compare(ctx.train, sets, *question(ctx), ctx.least))


def question(ctx: EvalContext) -> tuple[list[Column], str, Task, str | None]:
    """Columns, target, task and time column, as `compare` wants them.

    Raises:
        DataError: no outcome was chosen.
    """
    if ctx.target is None or ctx.task == "none":
        raise _refused("No target column was chosen", "E_NO_TARGET")
    columns = [c for c in ctx.schema.columns if is_compared(c) and c.name in ctx.train.columns]
    time = ctx.time_column if ctx.task == "survival" else None
    return columns, str(ctx.target), ctx.task, time


def compare(
    real: pd.DataFrame,
    sets: Sequence[pd.DataFrame],
    columns: Sequence[Column],
    target: str,
    task: Task,
    time: str | None = None,
    least: int = MIN_CELL,
) -> Comparison:
    """Fit one model to all tables: logistic, linear or Cox, by the task.

    Firth's penalty is used on every side when a level has under five events (or non-events)
    anywhere, or an outcome is separated.

    Raises:
        DataError: what keeps the model from being fitted, and to which side it happened.
    """
    if task == "survival" and time is None:
        raise _refused("No column with the time until the event was named", "E_NO_TIME")
    for name in (target, time):
        if name is not None and not all(name in frame.columns for frame in (real, *sets)):
            raise _refused(f"Column {name!r} is not in every table", "E_COLUMN_ABSENT")
    carried = {c.name: _lost(c, sets) for c in columns}
    recipe = formula(real, [c for c in columns if not carried[c.name]], target, task, time, least)
    designs = [model_matrix(recipe, frame) for frame in (real, *sets)]
    names = ["Real table", *(f"Synthetic table {i + 1} of {len(sets)}" for i in range(len(sets)))]
    _check_real(recipe, designs[0])
    for name, design in zip(names[1:], designs[1:], strict=True):
        _check_set(recipe, design, name)
    plain = [_fitted(task, d, name) for name, d in zip(names, designs, strict=True)]
    penalty = _penalty(designs, plain) if task == "classification" else ""
    firth = [logistic(d.x, d.y, firth=True) if penalty else None for d in designs]
    estimates = [Estimates(*each) for each in zip(designs, plain, firth, strict=True)]
    for name, each in zip(names, estimates, strict=True):
        if not each.fit.converged:
            raise _refused(f"{name}: the likelihood has no maximum", "E_SEPARATED")
    fitted, *others = estimates
    ratio = float(np.mean([e.design.n for e in others])) / fitted.design.n
    pooled = pool(
        np.array([e.fit.beta for e in others]), np.array([e.fit.variance for e in others]), ratio
    )
    lost = {Term(name): reason for name, reason in carried.items() if reason}
    flat = zip(recipe.terms, np.isnan(pooled.estimate), strict=True)
    lost |= {term: "it does not vary in a synthetic table" for term, gone in flat if gone}
    return Comparison(recipe, fitted, tuple(others), pooled, lost, penalty)


def _fitted(task: Task, design: Design, name: str) -> Fit:
    try:
        return _PLAIN[task](design)
    except DataError as error:
        raise DataError(f"{name}: {error.message}", error.hint, code=error.code) from error


def _lost(column: Column, sets: Sequence[pd.DataFrame]) -> str:
    """Why the synthetic tables cannot carry a column; empty if they can."""
    name = column.name
    if not all(name in frame.columns for frame in sets):
        return "the column is not in every synthetic table"
    if is_number(column):
        known = all(np.isfinite(numbers(frame[name])).any() for frame in sets)
    else:
        known = all(frame[name].notna().any() for frame in sets)
    return "" if known else "every value is missing in a synthetic table"


def _refused(what: str, code: str, hint: str = "The coefficients were not compared.") -> DataError:
    return DataError(f"{what}.", hint, code=code)


def _check_real(recipe: Formula, design: Design) -> None:
    p = len(recipe.terms)
    if recipe.task != "regression" and len(recipe.classes) != 2:
        raise _refused("The outcome does not have two classes in the real rows", "E_CLASSES")
    if not enough_df(design.n, p + 1):
        raise _refused("Too few real rows are complete for this many coefficients", "E_FEW_ROWS")
    if not p:
        raise _refused("No column can stand in the model", "E_NO_TERMS")
    if np.ptp(design.y) == 0 and recipe.task == "regression":
        raise _refused("The real outcome does not vary", "E_ONE_CLASS")
    if recipe.task == "regression":
        return
    others = design.n if recipe.task == "survival" else design.n - design.events
    if min(design.events, others) < _MIN_EVENTS:
        raise _refused(
            f"Under {_MIN_EVENTS} complete real rows have one of the outcomes", "E_FEW_EVENTS"
        )


def _check_set(recipe: Formula, design: Design, name: str) -> None:
    if design.n < len(recipe.terms) + 2:
        raise _refused(f"{name} has too few complete rows", "E_FEW_ROWS")
    if np.ptp(design.y) == 0 and not (recipe.task == "survival" and design.events):
        raise _refused(f"{name} has one outcome only among complete rows", "E_ONE_CLASS")
    for column, factor in recipe.factors.items():
        modelled = any(t.column == column for t in recipe.terms)
        if modelled and not design.levels[column, factor.levels[0]][0]:
            raise _refused(f"{name} has no row of the reference level of {column!r}", "E_REFERENCE")


def _penalty(designs: Sequence[Design], fits: Sequence[Fit]) -> str:
    """Why maximum likelihood is not to be trusted on some side."""
    if not all(fit.converged for fit in fits):
        return "some term separates the outcomes"
    fewest = min(
        (min(events, rows - events) for d in designs for rows, events in d.levels.values()),
        default=_SPARSE,
    )
    return f"a level has under {_SPARSE} events or non-events" if fewest < _SPARSE else ""
