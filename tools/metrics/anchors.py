"""Pseudo-synthetic tables that show what the best, the worst and a memorised file would score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, is_compared, is_number, numbers
from synthcraft.tools.table_schema import Column

FLOORS = {
    "A2": "jittered copy of the training rows (the worst case)",
    "A3": "uniform over the declared domain",
    "A4": "column-shuffled training rows",
    "P": "prevalence or mean predictor",
    "C": "one typical row, repeated",
    "M": "every second value missing, by chance",
}


def _restored(values: Floats, like: pd.Series[Any], column: Column) -> pd.Series[Any]:
    if pd.api.types.is_datetime64_any_dtype(like.dtype):
        return pd.Series(pd.to_datetime(np.round(values), unit="D"), dtype=like.dtype)
    whole = pd.api.types.is_integer_dtype(like.dtype) or column.kind == "integer"
    digits = 0 if whole else column.decimals
    rounded = values if digits is None else np.round(values, digits)
    return pd.Series(rounded).astype(like.dtype)


def _with(frame: pd.DataFrame, series: dict[str, pd.Series[Any]]) -> pd.DataFrame:
    return pd.DataFrame({n: series.get(n, frame[n]) for n in frame.columns}, index=frame.index)


def jittered(ctx: EvalContext) -> pd.DataFrame:
    """A2: a bootstrap of the training rows with 2 % of a standard deviation added."""
    rng = ctx.rng("A2")
    frame = ctx.train.iloc[rng.integers(0, len(ctx.train), len(ctx.train))].reset_index(drop=True)
    changed: dict[str, pd.Series[Any]] = {}
    for column in ctx.schema.columns:
        if is_number(column) and column.name in frame:
            values = numbers(frame[column.name])
            spread = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0
            moved = values + rng.normal(0.0, 0.02 * spread + 1e-12, len(values))
            changed[column.name] = _restored(moved, frame[column.name], column)
    return _with(frame, changed)


def uniform(ctx: EvalContext) -> pd.DataFrame:
    """A3: every column uniform over its domain, independent of the others."""
    rng = ctx.rng("A3")
    frame = ctx.train.reset_index(drop=True)
    changed: dict[str, pd.Series[Any]] = {}
    for column in ctx.schema.columns:
        if column.name not in frame or not is_compared(column):
            continue
        series = frame[column.name]
        values = numbers(series) if is_number(column) else np.empty(0)
        if np.isfinite(values).any():
            drawn = rng.uniform(np.nanmin(values), np.nanmax(values), len(frame))
            changed[column.name] = _restored(drawn, series, column)
        elif (levels := series.dropna().unique()).size:
            picks = levels[rng.integers(0, levels.size, len(frame))]
            changed[column.name] = pd.Series(picks, dtype=series.dtype)
    return _with(frame, changed)


def shuffled(ctx: EvalContext) -> pd.DataFrame:
    """A4: each column permuted by itself: true marginals, no dependence."""
    rng = ctx.rng("A4")
    frame = ctx.train.reset_index(drop=True)
    moved = {
        str(n): frame[n].iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for n in frame.columns
    }
    return _with(frame, moved)


def uninformed(ctx: EvalContext) -> pd.DataFrame:
    """P: the training rows with every predictor held constant."""
    frame = ctx.train.reset_index(drop=True)
    held = {c.name: pd.Series(frame[c.name].iloc[[0] * len(frame)].array) for c in ctx.features}
    return _with(frame, held)


def collapsed(ctx: EvalContext) -> pd.DataFrame:
    """C: the median or most frequent value of every column in all rows: no diversity."""
    frame = ctx.train.reset_index(drop=True)
    held: dict[str, pd.Series[Any]] = {}
    for column in filter(is_compared, ctx.schema.columns):
        present = frame[column.name].dropna() if column.name in frame else pd.Series()
        if is_number(column) and len(present):
            middle = np.full(len(frame), np.nanmedian(numbers(present)))
            held[column.name] = _restored(middle, present, column)
        elif len(present):
            most = present.mode().iloc[[0] * len(frame)]
            held[column.name] = most.reset_index(drop=True)
    return _with(frame, held)


def blanked(ctx: EvalContext) -> pd.DataFrame:
    """M: the training rows with each value lost by the toss of a coin."""
    rng = ctx.rng("M")
    frame = ctx.train.reset_index(drop=True)
    return _with(frame, {str(n): frame[n].mask(rng.random(len(frame)) < 0.5) for n in frame})


_FRAMES: dict[str, Callable[[EvalContext], pd.DataFrame]] = {
    "A1": lambda ctx: ctx.holdout,
    "T": lambda ctx: ctx.train,
    "A2": jittered,
    "A3": uniform,
    "A4": shuffled,
    "P": uninformed,
    "C": collapsed,
    "M": blanked,
}


def anchor(ctx: EvalContext, name: str) -> EvalContext:
    """The context whose synthetic table is the anchor; built once and shared by all metrics."""
    kept = tuple(n for n in ctx.schema.names if n in ctx.synthetic.columns)

    def build() -> EvalContext:
        if name == "halves":
            halves = ctx.halved()
            return replace(halves, synthetic=_only(halves.synthetic, kept))
        return ctx.with_synthetic(_only(_FRAMES[name](ctx), kept))

    return ctx.real(("anchor", name, kept), build)


def _only(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The columns that the candidate has too, so that both are compared on the same ones."""
    return frame[[n for n in names if n in frame.columns]]
