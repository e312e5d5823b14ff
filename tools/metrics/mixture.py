"""Training and synthetic rows in one matrix, rounded alike, for what tries to part them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints, is_number, numbers
from synthcraft.tools.metrics.encoder import encoder, plain
from synthcraft.tools.metrics.neighbours import encoded
from synthcraft.tools.table_schema import Column

_ROWS = 5000


@dataclass(frozen=True)
class Mixture:
    """Rows of both tables in an order of their content, and which of them are synthetic."""

    encoded: Floats
    """Normal scores and weighted one-hot, for linear models and distances."""
    plain: Floats
    """Values and level codes with gaps, for trees."""
    nominal: list[int]
    """Columns of `plain` that hold level codes."""
    synthetic: Ints
    """1 for a synthetic row, 0 for a training row."""


def some_rows(matrix: Floats, most: int, rng: np.random.Generator) -> Ints:
    """Places of at most so many rows, the same ones however the rows are sorted."""
    order = np.lexsort(matrix.T)
    if len(order) > most:
        order = order[rng.choice(len(order), most, replace=False)]
    return np.asarray(order, dtype=np.int64)


def mixture(ctx: EvalContext) -> Mixture:
    """At most 5,000 rows of each table, once for all that ask."""
    return ctx.own("mixture", lambda: _mixed(ctx))


def _mixed(ctx: EvalContext) -> Mixture:
    train, _, synthetic = encoded(ctx)
    places = [some_rows(part, _ROWS, ctx.rng("mixture")) for part in (train, synthetic)]
    parts = [f.iloc[at] for f, at in zip((ctx.train, ctx.synthetic), places, strict=True)]
    both = pd.concat([rounded(ctx, part) for part in parts], ignore_index=True)
    label = np.repeat([0, 1], [len(part) for part in parts])
    matrix = encoder(ctx, ctx.columns).transform(both)
    values, nominal = plain(ctx, both, ctx.columns)
    # so that folds do not depend on how a file was sorted
    order = np.lexsort((*matrix.T, label))
    return Mixture(matrix[order], values[order], nominal, label[order])


def rounded(ctx: EvalContext, frame: pd.DataFrame) -> pd.DataFrame:
    """The same rounding for both tables: else decimals alone would give a row away."""
    out: dict[str, Any] = {}
    for column in ctx.columns:
        series = frame[column.name]
        out[column.name] = _round(ctx, column, series) if is_number(column) else series
    return pd.DataFrame(out, index=frame.index)


def _round(ctx: EvalContext, column: Column, series: pd.Series[Any]) -> Floats:
    values = numbers(series)
    if column.kind == "integer":
        return np.round(values)
    if column.decimals is not None and column.kind == "numeric":
        return np.round(values, column.decimals)
    # no declared decimals: a grid of a thousand steps over the middle of the real values
    real = ctx.real(("numbers", column.name), lambda: numbers(ctx.train[column.name]))
    if np.isnan(real).all():
        return values
    low, high = np.nanquantile(real, [0.05, 0.95])
    step = max((high - low) / 1000, 1e-12)
    return np.asarray(np.round((values - low) / step) * step + low)
