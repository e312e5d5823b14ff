"""Table to matrix for distances and classifiers, fitted on the training rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import (
    Floats,
    is_number,
    level_codes,
    level_counts,
    main_levels,
    numbers,
)
from synthcraft.tools.table_schema import Column

Scale = Literal["normal", "gower"]
_KNOTS = 1000


@dataclass(frozen=True)
class _Numeric:
    """A monotone map stored at quantile knots, and an indicator where values are missing."""

    name: str
    knots: Floats
    scores: Floats
    middle: float
    indicator: bool
    weight: float

    def transform(self, frame: pd.DataFrame) -> Floats:
        values = numbers(frame[self.name])
        missing = np.isnan(values)
        filled = np.where(missing, self.middle, values)
        scores = np.interp(filled, self.knots, self.scores) if len(self.knots) else 0.0 * filled
        columns = [scores, missing * self.weight] if self.indicator else [scores]
        return np.column_stack(columns).astype(float)


@dataclass(frozen=True)
class _Nominal:
    """One slot per level, one each for missing, rare and never seen; a mismatch costs 1."""

    name: str
    levels: tuple[str, ...]
    known: frozenset[str]
    weight: float

    def transform(self, frame: pd.DataFrame) -> Floats:
        codes = level_codes(frame[self.name], self.levels, self.known)
        matrix = np.zeros((len(frame), len(self.levels) + 3))
        matrix[np.arange(len(frame)), codes] = self.weight
        return matrix


def _numeric(series: pd.Series[Any], name: str, scale: Scale) -> _Numeric:
    values = numbers(series)
    present = values[~np.isnan(values)]
    indicator = len(present) < len(values)
    if not len(present):
        return _Numeric(name, present, present, 0.0, indicator, 1.0)
    unique, first = np.unique(present, return_index=True)
    if scale == "normal":
        ranks = rankdata(present) / (len(present) + 1)
        scores = np.clip(norm.ppf(ranks[first]), -3, 3)
    else:
        scores = (unique - unique[0]) / max(unique[-1] - unique[0], 1e-12)
    if len(unique) > _KNOTS:
        keep = np.unique(np.linspace(0, len(unique) - 1, _KNOTS).astype(int))
        unique, scores = unique[keep], scores[keep]
    return _Numeric(name, unique, scores, float(np.median(present)), indicator, 1.0)


@dataclass(frozen=True)
class Encoder:
    """Numeric: rank to normal score, or range 0-1 for Gower; nominal: weighted one-hot.

    Euclidean distance belongs to `normal`, Manhattan to `gower`; in both two different
    levels of a category lie 1 apart.
    """

    parts: tuple[_Numeric | _Nominal, ...]

    @classmethod
    def fit(
        cls, train: pd.DataFrame, columns: tuple[Column, ...], scale: Scale = "normal"
    ) -> Encoder:
        """Learn the maps from the training rows."""
        weight = 1 / np.sqrt(2) if scale == "normal" else 0.5
        parts: list[_Numeric | _Nominal] = []
        for column in columns:
            series = train[column.name]
            if is_number(column):
                parts.append(_numeric(series, column.name, scale))
            else:
                known = frozenset(level_counts(series))
                parts.append(_Nominal(column.name, main_levels(series), known, float(weight)))
        return cls(tuple(parts))

    def transform(self, frame: pd.DataFrame) -> Floats:
        """Rows of the frame as a matrix without missing values."""
        if not self.parts:
            return np.zeros((len(frame), 1))
        return np.hstack([part.transform(frame) for part in self.parts])


def encoder(ctx: EvalContext, columns: tuple[Column, ...], scale: Scale = "normal") -> Encoder:
    """The encoder of these columns, fitted once per split."""
    key = ("encoder", scale, tuple(c.name for c in columns))
    return ctx.real(key, lambda: Encoder.fit(ctx.train, columns, scale))


def plain(
    ctx: EvalContext, frame: pd.DataFrame, columns: tuple[Column, ...]
) -> tuple[Floats, list[int]]:
    """A matrix for tree learners (values and level codes, NaN kept) and its nominal columns."""
    out: list[Floats] = []
    for column in columns:
        if is_number(column):
            out.append(numbers(frame[column.name]))
            continue
        levels = ctx.real(("levels", column.name), partial(main_levels, ctx.train[column.name]))
        codes = level_codes(frame[column.name], levels).astype(float)
        codes[codes == len(levels)] = np.nan
        out.append(np.minimum(codes, len(levels)))
    nominal = [i for i, column in enumerate(columns) if not is_number(column)]
    return (np.column_stack(out) if out else np.zeros((len(frame), 1))), nominal
