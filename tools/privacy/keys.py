"""Combinations of values as whole numbers, the same for real and synthetic rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import (
    Ints,
    factorised,
    is_number,
    level_counts,
    numbers,
)
from synthcraft.tools.privacy.space import order, pooled
from synthcraft.tools.table_schema import Column

BINS = 10
_DISTINCT = 20


@dataclass(frozen=True)
class Codes:
    """Equal numbers, equal values: training then holdout rows, and synthetic rows by content."""

    real: Ints
    synthetic: Ints

    @property
    def size(self) -> int:
        """One more than the largest number."""
        return int(max(self.real.max(initial=-1), self.synthetic.max(initial=-1))) + 1

    def counts(self, rows: Ints) -> Ints:
        """How many of some rows hold each number."""
        return np.bincount(rows, minlength=self.size)


def levels(ctx: EvalContext, column: Column) -> Codes:
    """Every value as it is, the most frequent first; 0 is missing."""
    real, synthetic = pooled(ctx).train[column.name], ctx.synthetic.iloc[order(ctx)][column.name]
    counts = level_counts(real)
    seen = sorted(counts, key=lambda text: (-counts[text], text))
    place = {text: i + 1 for i, text in enumerate(seen)}
    parts = []
    for series in (real, synthetic):
        codes, labels = factorised(series)
        for text in sorted(set(labels) - place.keys()):
            place[text] = len(place) + 1
        parts.append(np.asarray([*(place[t] for t in labels), 0], dtype=np.int64)[codes])
    return Codes(*parts)


def binned(ctx: EvalContext, column: Column) -> Codes:
    """Values as they are, and numbers with over 20 of them in ten bins of as many real rows."""
    return ctx.own(("binned", column.name), partial(_binned, ctx, column))


def _binned(ctx: EvalContext, column: Column) -> Codes:
    if not is_number(column):
        return levels(ctx, column)
    real = numbers(pooled(ctx).train[column.name])
    synthetic = numbers(ctx.synthetic.iloc[order(ctx)][column.name])
    known = real[~np.isnan(real)]
    distinct = np.unique(known)
    if len(distinct) > _DISTINCT:
        distinct = np.unique(np.quantile(known, np.arange(1, BINS) / BINS))
    parts = [
        np.where(np.isnan(v), 0, 1 + np.searchsorted(distinct, v, side="right"))
        for v in (real, synthetic)
    ]
    return Codes(*(p.astype(np.int64) for p in parts))


def keys(ctx: EvalContext, columns: Iterable[Column]) -> Codes:
    """One number for each combination of the columns' binned values."""
    rows = len(ctx.train) + len(ctx.holdout)
    joined = np.zeros(rows + len(ctx.synthetic), dtype=np.int64)
    for column in columns:
        codes = binned(ctx, column)
        both = np.concatenate([codes.real, codes.synthetic])
        joined = pd.factorize(joined * codes.size + both)[0].astype(np.int64)
    return Codes(joined[:rows], joined[rows:])
