"""Groups of people by protected columns, the same ones in every table of an evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Protocol

import numpy as np
import pandas as pd

from synthcraft.tools.disclosure.rounding import MIN_CELL as MIN_CELL
from synthcraft.tools.disclosure.rounding import count as rounded
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import (
    Floats,
    Ints,
    is_number,
    level_codes,
    level_counts,
    main_levels,
    numbers,
)
from synthcraft.tools.metrics.scores import Bools
from synthcraft.tools.table_schema import Column

STABLE = 50
AGE_BANDS = (18.0, 40.0, 60.0, 75.0)
"""Inner limits for a protected column that is called an age, unless the plan states others."""
_AGE = re.compile(r"(?:^|[^a-z])age(?:$|[^a-z])", re.IGNORECASE)
_MOST_LEVELS = 30
RARE = "all rarer levels"
MISSING = "missing"


class Grouping(Protocol):
    """One way to divide people; every row belongs to one group at most."""

    @property
    def column(self) -> str:
        """What it divides by."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The groups."""
        ...

    def codes(self, frame: pd.DataFrame) -> Ints:
        """The group of each row as a position in `names`, -1 for none."""
        ...


@dataclass(frozen=True)
class Levels:
    """The levels of a category, with the rarer ones as one group and missing as one."""

    column: str
    levels: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The levels, then missing, then the rest."""
        return (*self.levels, MISSING, RARE)

    def codes(self, frame: pd.DataFrame) -> Ints:
        """Levels that the training rows never showed count as rare."""
        return np.minimum(level_codes(frame[self.column], self.levels), len(self.levels) + 1)


@dataclass(frozen=True)
class Bands:
    """A number in bands; `cuts` are their inner limits, each the start of the next band."""

    column: str
    cuts: tuple[float, ...]
    names: tuple[str, ...]

    def codes(self, frame: pd.DataFrame) -> Ints:
        """Missing is the last group."""
        values = numbers(frame[self.column])
        place = np.searchsorted(self.cuts, values, side="right")
        return np.where(np.isnan(values), len(self.cuts) + 1, place).astype(np.int64)


@dataclass(frozen=True)
class Crossed:
    """Every combination of the groups of two columns."""

    first: Grouping
    second: Grouping

    @property
    def column(self) -> str:
        """Both names."""
        return f"{self.first.column} x {self.second.column}"

    @property
    def names(self) -> tuple[str, ...]:
        """The first group, then the second."""
        return tuple(f"{a}, {b}" for a in self.first.names for b in self.second.names)

    def codes(self, frame: pd.DataFrame) -> Ints:
        """Both codes in one."""
        return self.first.codes(frame) * len(self.second.names) + self.second.codes(frame)


def shown(count: float, least: int = MIN_CELL) -> int | None:
    """A count of people as it may be printed: rounded to five, nothing under the minimum."""
    return rounded(count, least)


def grouping(
    train: pd.DataFrame, column: Column, cuts: tuple[float, ...] = (), least: int = MIN_CELL
) -> Grouping:
    """Levels, stated bands, age bands, or thirds of the training rows."""
    name = column.name
    if not is_number(column):
        counts = level_counts(train[name])
        levels = main_levels(train[name], _MOST_LEVELS)
        return Levels(name, tuple(level for level in levels if counts[level] >= least))
    if not cuts and column.kind != "date" and _AGE.search(name):
        cuts = AGE_BANDS
    if cuts:
        return Bands(name, tuple(sorted(cuts)), (*band_names(sorted(cuts)), MISSING))
    values = numbers(train[name])
    thirds = np.nanquantile(values, [1 / 3, 2 / 3]) if np.isfinite(values).any() else [0.0, 0.0]
    # the upper end belongs to the lower third, as a quantile is a value that some people have
    limits = tuple(float(np.nextafter(x, np.inf)) for x in thirds)
    return Bands(name, limits, ("lowest third", "middle third", "highest third", MISSING))


def band_names(cuts: list[float]) -> list[str]:
    """Names of the bands with these inner limits, the lowest first."""
    middle = [f"{a:g} to under {b:g}" for a, b in pairwise(cuts)]
    return [f"under {cuts[0]:g}", *middle, f"{cuts[-1]:g} and over"]


def groupings(ctx: EvalContext) -> list[Grouping]:
    """One for each protected column that both tables have."""

    def build(column: Column) -> Grouping:
        cuts = tuple(ctx.bands.get(column.name, ()))
        return ctx.real(
            ("grouping", column.name), lambda: grouping(ctx.train, column, cuts, ctx.least)
        )

    chosen = [c for c in ctx.columns if c.name in ctx.protected and c.name != ctx.target]
    return [build(column) for column in chosen]


def intersections(ctx: EvalContext) -> list[Grouping]:
    """Every pair of protected columns."""
    return [Crossed(a, b) for a, b in combinations(groupings(ctx), 2)]


def sizes(of: Grouping, frame: pd.DataFrame) -> Floats:
    """Rows of each group."""
    codes = of.codes(frame)
    return np.bincount(codes[codes >= 0], minlength=len(of.names)).astype(float)


def groups(of: Grouping, frame: pd.DataFrame) -> Iterator[tuple[str, Bools]]:
    """Name and rows of each group that has any."""
    codes = of.codes(frame)
    for place, name in enumerate(of.names):
        rows = codes == place
        if rows.any():
            yield name, rows
