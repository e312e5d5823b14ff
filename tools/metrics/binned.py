"""Every column as a few codes: bins of equal frequency for numbers, main levels for categories."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

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
from synthcraft.tools.table_schema import Column

BINS = 10
LEVELS = 30


def edges(values: Floats, bins: int) -> Floats:
    """Inner edges at the quantiles of the present values; fewer where values are tied."""
    present = values[~np.isnan(values)]
    if not len(present):
        return present
    at = np.quantile(present, np.arange(1, bins) / bins, method="higher")
    return np.asarray(np.unique(at))


def _edges(ctx: EvalContext, name: str, bins: int) -> Floats:
    real = ctx.real(("numbers", name), partial(numbers, ctx.train[name]))
    return ctx.real(("edges", name, bins), partial(edges, real, bins))


def _levels(ctx: EvalContext, name: str, limit: int) -> tuple[str, ...]:
    key = ("main levels", name, limit)
    return ctx.real(key, partial(main_levels, ctx.train[name], limit))


def size(ctx: EvalContext, column: Column, bins: int = BINS, levels: int = LEVELS) -> int:
    """How many codes there are."""
    if is_number(column):
        return len(_edges(ctx, column.name, bins)) + 2
    return len(_levels(ctx, column.name, levels)) + 3


def codes(
    ctx: EvalContext, frame: pd.DataFrame, column: Column, bins: int = BINS, levels: int = LEVELS
) -> Ints:
    """Codes from 0: bins or levels of T, then missing; categories also have rare and unseen."""
    name = column.name
    if not is_number(column):
        known = ctx.real(("known", name), lambda: frozenset(level_counts(ctx.train[name])))
        return level_codes(frame[name], _levels(ctx, name, levels), known)
    inner, values = _edges(ctx, name, bins), numbers(frame[name])
    place = np.searchsorted(inner, values, side="right")
    return np.where(np.isnan(values), len(inner) + 1, place).astype(np.int64)


def shares(ctx: EvalContext, column: Column) -> tuple[Floats, Floats]:
    """Shares of ten bins or thirty levels, and their rest, among training and synthetic rows."""
    number = size(ctx, column)

    def counted(frame: pd.DataFrame) -> Floats:
        found = np.bincount(codes(ctx, frame, column), minlength=number)
        return np.asarray(found / max(len(frame), 1))

    key = ("binned shares", column.name)
    return ctx.real(key, partial(counted, ctx.train)), ctx.own(key, partial(counted, ctx.synthetic))
