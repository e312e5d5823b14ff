"""F1: is each column distributed as in the training rows?"""

from __future__ import annotations

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import (
    Floats,
    is_number,
    level_codes,
    level_counts,
    main_levels,
    numbers,
)
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.table_schema import Column


def ks_distance(a: Floats, b: Floats) -> float:
    """Largest gap of the two distribution functions; missing is a value below all others."""
    low_a, low_b = np.where(np.isnan(a), -np.inf, a), np.where(np.isnan(b), -np.inf, b)
    a_sorted, b_sorted = np.sort(low_a), np.sort(low_b)
    at = np.concatenate([a_sorted, b_sorted])
    below_a = np.searchsorted(a_sorted, at, side="right") / len(a)
    below_b = np.searchsorted(b_sorted, at, side="right") / len(b)
    return float(np.abs(below_a - below_b).max())


def tv_distance(ctx: EvalContext, column: Column) -> float:
    """Half the summed difference of level shares; missing is a level, rare ones are one level."""
    name = column.name
    levels = ctx.real(("levels", name), lambda: main_levels(ctx.train[name]))
    known = ctx.real(("known", name), lambda: frozenset(level_counts(ctx.train[name])))
    real = _real_shares(ctx, name)
    codes = level_codes(ctx.synthetic[name], levels, known)
    synthetic = np.bincount(codes, minlength=len(levels) + 3) / len(codes)
    return float(np.abs(real - synthetic).sum() / 2)


def _real_shares(ctx: EvalContext, name: str) -> Floats:
    """Shares of main levels, missing, rare and unseen among the training rows."""

    def build() -> Floats:
        levels = main_levels(ctx.train[name])
        known = frozenset(level_counts(ctx.train[name]))
        codes = level_codes(ctx.train[name], levels, known)
        return np.asarray(np.bincount(codes, minlength=len(levels) + 3) / len(codes))

    return ctx.real(("shares", name), build)


def _distance(ctx: EvalContext, column: Column) -> float:
    if not is_number(column):
        return tv_distance(ctx, column)
    name = column.name
    real = ctx.real(("numbers", name), lambda: numbers(ctx.train[name]))
    return ks_distance(real, numbers(ctx.synthetic[name]))


def column_noise(ctx: EvalContext, name: str) -> float:
    """About what two samples of this size differ by once in a hundred times."""
    size = np.sqrt(1 / len(ctx.train) + 1 / len(ctx.synthetic))
    if is_number(ctx.schema[name]):
        return float(1.63 * size)  # Kolmogorov's 1 % point
    p = _real_shares(ctx, name)
    return float((np.sqrt(p * (1 - p) / (2 * np.pi)).sum() + 1.17) * size)


def distances(ctx: EvalContext) -> dict[str, float]:
    """Distance of every compared column, 0 to 1."""
    return ctx.own("distances", lambda: {c.name: _distance(ctx, c) for c in ctx.columns})


@metric(
    "fidelity.column_distance",
    family="fidelity",
    title="Distribution of each column",
    explanation="Near zero: each column alone looks as it does in the real table.",
    floor="A3",
    needs=("rows",),
    tier="quick",
    resamples=20,
)
def column_distance(ctx: EvalContext) -> list[Value]:
    """Mean over columns of KS (numbers) or TVD (categories); each column as its own row.

    Range 0 to 1, lower is better; missing values count as a level. Source: evaluation 4.2, F1.
    """
    known = distances(ctx)
    rows = [Value(d, column=name, noise=column_noise(ctx, name)) for name, d in known.items()]
    return [Value(float(np.mean(list(known.values())))), *rows]


@metric(
    "fidelity.worst_column",
    family="fidelity",
    title="The worst column",
    explanation="Near zero: no single column is off.",
    floor="A3",
    needs=("rows",),
    tier="quick",
    resamples=20,
)
def worst_column(ctx: EvalContext) -> list[Value]:
    """Largest column distance, 0 to 1, lower is better; the message names the column."""
    known = distances(ctx)
    name = max(known, key=lambda n: known[n])
    return [Value(known[name], noise=column_noise(ctx, name), message=f"Column: {name}.")]
