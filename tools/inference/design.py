"""One model matrix for the real and every synthetic table: same terms, same reference levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.graph.errors import DataError
from synthcraft.graph.records import Task
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.metrics.columns import (
    Floats,
    Ints,
    is_number,
    level_codes,
    level_counts,
    numbers,
)
from synthcraft.tools.table_schema import Column

OTHER = "other (rare levels)"
_MAX_LEVELS, _MAX_TERMS = 30, 100
_NEGATIVE = {"0", "false", "no"}


@dataclass(frozen=True)
class Term:
    """One coefficient: a column in its own unit, or a level against the reference level."""

    column: str
    level: str | None = None

    def __str__(self) -> str:
        return self.column if self.level is None else f"{self.column}: {self.level}"


@dataclass(frozen=True)
class Factor:
    """Levels of a nominal column, the largest real group first: it is the reference everywhere."""

    levels: tuple[str, ...]
    rare: frozenset[str] = frozenset()
    """Levels of few real rows, which are one level together."""

    def codes(self, series: pd.Series[Any]) -> Ints:
        """Places in `levels`; -1 where the value is missing or no level of the real table."""
        size = len(self.levels)
        codes = level_codes(series, self.levels, self.rare)
        pooled = size - 1 if self.levels[-1] == OTHER else -1
        codes = np.where(codes == size + 1, pooled, codes)
        return np.where(codes < size, codes, -1)


@dataclass(frozen=True)
class Formula:
    """The model, as the real rows define it once for all tables.

    Attributes:
        event: the outcome level whose odds or hazard is modelled; None for a numeric outcome.
        left_out: terms and columns that the real rows cannot carry, with the reason.
    """

    task: Task
    target: str
    columns: tuple[str, ...]
    factors: Mapping[str, Factor]
    terms: tuple[Term, ...]
    classes: tuple[str, ...] = ()
    time: str | None = None
    left_out: Mapping[Term, str] = field(default_factory=dict)

    @property
    def event(self) -> str | None:
        """The outcome level that counts as one."""
        return self.classes[-1] if self.classes else None


@dataclass(frozen=True)
class Design:
    """Complete cases of one table under a formula.

    Attributes:
        x: (rows, terms), no intercept, original units.
        y: (rows,) 0/1 or numbers.
        excluded: column -> rows that it made unusable (missing, or a level the real table lacks).
        levels: (column, level) -> rows, and rows with the event, reference levels included.
        complete: which rows of the table these are.
    """

    x: Floats
    y: Floats
    time: Floats | None
    rows: int
    excluded: Mapping[str, int]
    levels: Mapping[tuple[str, str], tuple[int, int]]
    complete: NDArray[np.bool_]

    @property
    def n(self) -> int:
        """Complete cases."""
        return len(self.y)

    @property
    def events(self) -> int:
        """Complete cases with the event."""
        return int(self.y.sum())


def formula(
    real: pd.DataFrame,
    columns: Iterable[Column],
    target: str,
    task: Task,
    time: str | None = None,
    least: int = MIN_CELL,
) -> Formula:
    """Terms that the real rows can carry, in table order.

    Levels under `least` rows are one level; columns with one value, none, or over thirty such
    levels, and terms that are a combination of those before them, are left out with the reason.

    Raises:
        DataError: there would be over a hundred terms.
    """
    factors: dict[str, Factor] = {}
    terms: list[Term] = []
    left_out: dict[Term, str] = {}
    predictors = [c for c in columns if c.name not in (target, time)]
    for column in predictors:
        name = column.name
        if is_number(column):
            reason = _numeric_reason(numbers(real[name]))
            new = [Term(name)]
        else:
            factors[name] = _factor(real[name], least)
            reason = _nominal_reason(factors[name], least)
            new = [Term(name, level) for level in factors[name].levels[1:]]
        if reason:
            left_out[Term(name)] = reason
            factors.pop(name, None)
        else:
            terms += new
    if len(terms) > _MAX_TERMS:
        raise DataError(
            f"The model would have over {_MAX_TERMS} coefficients.",
            "Leave out columns that no one would adjust for.",
            code="E_TOO_WIDE",
        )
    used = tuple(dict.fromkeys(t.column for t in terms))
    classes = () if task == "regression" else outcome_classes(real[target], task)
    whole = Formula(task, target, used, factors, tuple(terms), classes, time, left_out)
    return _without_dependent(whole, real)


def _numeric_reason(values: Floats) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return "no known value in the real rows"
    return "" if np.ptp(known) > 0 else "one value only in the real rows"


def _factor(series: pd.Series[Any], least: int) -> Factor:
    counts = level_counts(series)
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    levels = tuple(text for text in ranked if counts[text] >= least)
    rare = frozenset(ranked) - set(levels)
    pooled = (OTHER,) if sum(counts[text] for text in rare) >= least else ()
    return Factor(levels + pooled, rare)


def _nominal_reason(factor: Factor, least: int) -> str:
    if not factor.levels:
        return f"under {least} known values in the real rows"
    if len(factor.levels) > _MAX_LEVELS:
        return f"over {_MAX_LEVELS} levels"
    return "" if len(factor.levels) > 1 else f"one level of {least} or more real rows"


def outcome_classes(series: pd.Series[Any], task: Task) -> tuple[str, ...]:
    """Outcome levels, the event last: 1 of 0/1, yes of no/yes; otherwise the rarer level.

    Of a censoring column it is the later level by name or number, common or not.
    """
    counts = level_counts(series)
    by_name = sorted(counts)
    if task == "survival" or (by_name and by_name[0].casefold() in _NEGATIVE):
        return tuple(by_name)
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))


def _without_dependent(whole: Formula, real: pd.DataFrame) -> Formula:
    x = model_matrix(whole, real).x
    kept = independent(x)
    why = "a combination of the terms before it, or constant, among complete real rows"
    lost = {term: why for term, keep in zip(whole.terms, kept, strict=True) if not keep}
    terms = tuple(term for term, keep in zip(whole.terms, kept, strict=True) if keep)
    return replace(whole, terms=terms, left_out={**whole.left_out, **lost})


def independent(x: Floats) -> NDArray[np.bool_]:
    """Which columns vary and are no linear combination of an intercept and those before them."""
    kept = np.zeros(x.shape[1], dtype=bool)
    if not len(x):
        return kept
    basis = np.empty((len(x), x.shape[1] + 1))
    basis[:, 0], found = 1 / np.sqrt(len(x)), 1
    for j in range(x.shape[1]):
        column = x[:, j] - x[:, j].mean()
        rest = column
        for _ in range(2):  # the second pass removes what rounding left
            rest = rest - basis[:, :found] @ (basis[:, :found].T @ rest)
        length = float(np.linalg.norm(rest))
        kept[j] = length > 1e-7 * max(float(np.linalg.norm(column)), 1e-300)
        if kept[j]:
            basis[:, found] = rest / length
            found += 1
    return kept


def model_matrix(recipe: Formula, frame: pd.DataFrame) -> Design:
    """The complete cases of a table under a formula."""
    usable, numeric, codes = _coded(recipe, frame)
    y, time = _outcome(recipe, frame)
    usable[recipe.target] = ~np.isnan(y)
    if time is not None:
        usable[str(recipe.time)] = time > 0
    complete = np.logical_and.reduce(list(usable.values()))
    excluded = {name: int((~ok).sum()) for name, ok in usable.items() if not ok.all()}
    y = y[complete]
    columns = [
        numeric[t.column][complete]
        if t.level is None
        else (codes[t.column][complete] == recipe.factors[t.column].levels.index(t.level))
        for t in recipe.terms
    ]
    x = np.column_stack([np.empty((len(y), 0)), *columns]).astype(float)
    levels = {}
    for name, factor in recipe.factors.items():
        here, size = codes[name][complete], len(factor.levels)
        rows, events = np.bincount(here, minlength=size), np.bincount(here, y, minlength=size)
        for text, n, e in zip(factor.levels, rows, events, strict=True):
            levels[name, text] = (int(n), int(e))
    at = None if time is None else time[complete]
    return Design(x, y, at, len(frame), excluded, levels, complete)


def _coded(
    recipe: Formula, frame: pd.DataFrame
) -> tuple[dict[str, NDArray[np.bool_]], dict[str, Floats], dict[str, Ints]]:
    usable: dict[str, NDArray[np.bool_]] = {}
    numeric: dict[str, Floats] = {}
    codes: dict[str, Ints] = {}
    for name in recipe.columns:
        if name in recipe.factors:
            codes[name] = recipe.factors[name].codes(frame[name])
            usable[name] = codes[name] >= 0
        else:
            numeric[name] = numbers(frame[name])
            usable[name] = ~np.isnan(numeric[name])
    return usable, numeric, codes


def _outcome(recipe: Formula, frame: pd.DataFrame) -> tuple[Floats, Floats | None]:
    """0/1 or numbers, NaN where unusable; and the time until the event, if there is one."""
    series = frame[recipe.target]
    if recipe.task == "regression":
        return numbers(series), None
    codes = level_codes(series, recipe.classes)
    size = len(recipe.classes)
    y = np.where(codes < size, (codes == size - 1).astype(float), np.nan)
    return y, None if recipe.time is None else numbers(frame[recipe.time])
