"""Shares per bin or level for plots, with small real cells merged before anything leaves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import (
    Floats,
    Ints,
    is_number,
    level_counts,
    main_levels,
    numbers,
)
from synthcraft.tools.table_schema import Column

_BINS = 12
_LEVELS = 15


def marginals(ctx: EvalContext) -> list[dict[str, Any]]:
    """One entry per compared column: labels, and shares of real, synthetic and holdout rows.

    Bins have rounded inner edges between the 2nd and 98th centile and open ends, so no extreme
    is shown; real cells under ten rows are merged with a neighbour or into "other"; real and
    holdout shares come from counts rounded to five.
    """
    return [_column(ctx, column) for column in ctx.columns]


def _column(ctx: EvalContext, column: Column) -> dict[str, Any]:
    frames = (ctx.train, ctx.synthetic, ctx.holdout)
    series = [frame[column.name] for frame in frames]
    least = ctx.least
    labels, counts = (
        _numeric(column, series, least) if is_number(column) else _nominal(series, least)
    )
    real, synthetic, holdout = counts
    return {
        "column": column.name,
        "kind": "numeric" if is_number(column) else "category",
        "labels": labels,
        "real": _shares(real, rounding=5),
        "synthetic": _shares(synthetic),
        "holdout": _without_small(holdout, least),
    }


def _shares(counts: Ints, rounding: int = 1) -> list[float]:
    rounded = np.round(counts / rounding) * rounding
    return [round(float(x), 4) for x in rounded / max(float(rounded.sum()), 1.0)]


def _without_small(counts: Ints, least: int) -> list[float | None]:
    """Shares without cells under ten; a single hidden cell takes the next smallest with it."""
    hidden = (counts > 0) & (counts < least)
    if hidden.sum() == 1 and len(counts) > 1:
        open_counts = np.where(hidden | (counts == 0), np.iinfo(np.int64).max, counts)
        hidden[int(open_counts.argmin())] = True
    shares = _shares(counts, rounding=5)
    return [None if h else share for share, h in zip(shares, hidden, strict=True)]


def _edges(values: Floats) -> Floats:
    """Inner edges on a round grid."""
    low, high = np.quantile(values, [0.02, 0.98])
    if high <= low:
        return np.empty(0)
    raw = (high - low) / _BINS
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * min((m for m in (1, 2, 2.5, 5, 10) if m * power >= raw), default=10)
    edges = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return np.asarray(np.round(edges, 10))


def _numeric(
    column: Column, series: list[pd.Series[Any]], least: int
) -> tuple[list[str], list[Ints]]:
    values = [numbers(s) for s in series]
    present = values[0][~np.isnan(values[0])]
    edges = _edges(present) if len(present) >= 2 * least else np.empty(0)
    while True:
        counts = [np.bincount(np.searchsorted(edges, v[~np.isnan(v)], side="right"),
                              minlength=len(edges) + 1) for v in values]  # fmt: skip
        small = np.flatnonzero(counts[0] < least)
        if not small.size or not len(edges):
            break
        # the small bin joins its inner neighbour
        edges = np.delete(edges, min(int(small[0]), len(edges) - 1))
    labels = _bin_labels(column, edges)
    missing = [int(np.isnan(v).sum()) for v in values]
    if missing[0] >= least:
        labels = [*labels, "missing"]
        counts = [np.append(c, m) for c, m in zip(counts, missing, strict=True)]
    return labels, counts


def _bin_labels(column: Column, edges: Floats) -> list[str]:
    def text(edge: float) -> str:
        if column.kind == "date":
            return (pd.Timestamp("1970-01-01") + pd.Timedelta(days=float(edge))).date().isoformat()
        return f"{edge:g}"

    if not len(edges):
        return ["any value"]
    middle = [f"{text(a)} to {text(b)}" for a, b in pairwise(edges)]
    return [f"below {text(edges[0])}", *middle, f"{text(edges[-1])} or more"]


def _nominal(series: list[pd.Series[Any]], least: int) -> tuple[list[str], list[Ints]]:
    counted = [level_counts(s) for s in series]
    real = counted[0]
    shown = [t for t in main_levels(series[0], _LEVELS) if real.get(t, 0) >= least]
    hidden = len(series[0]) - sum(real[t] for t in shown)
    # one small remainder would be recoverable by subtraction: the next level joins it
    while shown and 0 < hidden < least:
        hidden += real[shown.pop()]
    rows = [[c.get(t, 0) for t in shown] for c in counted]
    others = [len(s) - sum(r) for s, r in zip(series, rows, strict=True)]
    if any(others):
        name = "missing" if _only_missing(series, shown) else "other or missing"
        shown = [*shown, name]
        rows = [[*r, o] for r, o in zip(rows, others, strict=True)]
    return shown, [np.asarray(r, dtype=np.int64) for r in rows]


def _only_missing(series: list[pd.Series[Any]], shown: list[str]) -> bool:
    return all(set(level_counts(s)) <= set(shown) for s in series)
