"""No gross error: each check counts violations, and any violation blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import poisson

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import (
    factorised,
    is_compared,
    is_number,
    label,
    level_counts,
    numbers,
)
from synthcraft.tools.metrics.registry import metric

_CLASS_ROWS = 20
types = pd.api.types


def _named(names: list[str], what: str) -> Value:
    """A count of columns with their names; names of columns are no cell values."""
    shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
    return Value(float(len(names)), message=f"{what}: {shown}." if names else "")


@metric(
    "sanity.columns",
    family="sanity",
    tier="quick",
    title="Same columns as the real table",
    explanation="Zero columns missing or added.",
)
def same_columns(ctx: EvalContext) -> list[Value]:
    """Columns of the schema that are absent, and columns that the schema does not know."""
    expected = {c.name for c in ctx.schema.columns if is_compared(c)}
    allowed = {*ctx.schema.names, *ctx.survey.names}
    found = [str(name) for name in ctx.synthetic.columns]
    odd = sorted(expected - set(found)) + sorted(set(found) - allowed)
    if len(found) != len(set(found)):
        odd.append("a column name that occurs twice")
    return [_named(odd, "Missing or unknown")]


_TYPE_CHECKS: dict[str, Any] = {
    "Int64": lambda s: types.is_integer_dtype(s.dtype),
    "float64": lambda s: types.is_numeric_dtype(s.dtype) and not types.is_bool_dtype(s.dtype),
    "string": lambda s: types.is_string_dtype(s.dtype) or s.dtype.name == "category",
    "boolean": lambda s: types.is_bool_dtype(s.dtype),
    "datetime64[ns]": lambda s: types.is_datetime64_any_dtype(s.dtype),
}


@metric(
    "sanity.types",
    family="sanity",
    tier="quick",
    title="Same types as the real table",
    explanation="Zero columns of another type.",
)
def same_types(ctx: EvalContext) -> list[Value]:
    """Columns whose values are not of the type that the schema states."""
    odd = [
        c.name
        for c in ctx.columns
        if c.dtype in _TYPE_CHECKS and not _TYPE_CHECKS[c.dtype](ctx.synthetic[c.name])
    ]
    return [_named(odd, "Other type")]


@metric(
    "sanity.rows",
    family="sanity",
    tier="quick",
    title="Number of rows",
    explanation="Zero rows too few or too many.",
)
def row_count(ctx: EvalContext) -> list[Value]:
    """Rows missing from, or beyond, the number that was asked for; an empty file is off by one."""
    k = len(ctx.synthetic)
    wanted = ctx.expected_rows if ctx.expected_rows is not None else max(k, 1)
    off = abs(k - wanted)
    return [Value(float(off), message=f"{k} rows instead of {wanted}." if off else "")]


@metric(
    "sanity.identifiers",
    family="sanity",
    tier="quick",
    title="No identifier columns",
    explanation="Zero identifier or free-text columns in the synthetic table.",
)
def identifiers(ctx: EvalContext) -> list[Value]:
    """Columns that the schema calls identifier or text and that the file still has."""
    found = [c.name for c in ctx.schema.columns if not is_compared(c) and c.name in ctx.synthetic]
    return [_named(found, "Present")]


@metric(
    "sanity.domain",
    family="sanity",
    tier="quick",
    title="Values inside the declared domain",
    explanation="Zero columns with a value outside the codebook's range.",
    needs=("rows",),
)
def domain(ctx: EvalContext) -> list[Value]:
    """Columns with values outside declared bounds, or infinite; undeclared bounds do not count."""
    odd = []
    for column in filter(is_number, ctx.columns):
        series = ctx.synthetic[column.name]
        values = numbers(series)
        unreadable = bool((np.isnan(values) & series.notna().to_numpy()).any())
        low, high = _bound(column.low), _bound(column.high)
        outside = column.declared and bool(((values < low) | (values > high)).any())
        if unreadable or outside:
            odd.append(column.name)
    return [_named(odd, "Outside")]


def _bound(value: float | str | None) -> float:
    if value is None:
        return float("nan")  # compares false with everything: no bound
    if isinstance(value, str):
        return float(numbers(pd.Series([pd.Timestamp(value)]))[0])
    return float(value)


@metric(
    "sanity.categories",
    family="sanity",
    tier="quick",
    title="No unknown categories",
    explanation="Zero columns with a category that the real table does not know.",
    needs=("rows",),
)
def categories(ctx: EvalContext) -> list[Value]:
    """Columns with a level that neither the schema nor the training rows contain."""
    odd = []
    for column in ctx.columns:
        if is_number(column):
            continue
        known = {label(value) for value in column.categories}
        known |= set(level_counts(ctx.train[column.name]))
        _, found = factorised(ctx.synthetic[column.name])
        if set(found) - known:
            odd.append(column.name)
    return [_named(odd, "Unknown category in")]


@metric(
    "sanity.classes",
    family="sanity",
    tier="quick",
    title="Every outcome class is there",
    explanation="Zero outcome classes with too few synthetic rows.",
    needs=("classes",),
)
def target_classes(ctx: EvalContext) -> list[Value]:
    """Classes of the training rows with under 20 synthetic rows, where chance would give more.

    A class with few real rows is held to the least that one draw in a thousand would give, and to
    one row.
    """
    real = level_counts(ctx.train[str(ctx.target)])
    synthetic = level_counts(ctx.synthetic[str(ctx.target)])
    few = sum(synthetic.get(text, 0) < _enough(n) for text, n in real.items())
    message = f"Classes of the target that are absent or have too few rows: {few}."
    return [Value(float(few), message=message if few else "")]


def _enough(real_rows: int) -> int:
    return int(np.clip(poisson.ppf(0.001, real_rows), 1, _CLASS_ROWS))


@metric(
    "sanity.constant",
    family="sanity",
    tier="quick",
    title="No column has collapsed",
    explanation="Zero columns that vary in the real table but not in the synthetic one.",
    needs=("rows",),
)
def constant(ctx: EvalContext) -> list[Value]:
    """Columns that are constant, or without any value, where the training rows' are not."""
    odd = [
        c.name
        for c in ctx.columns
        if ctx.synthetic[c.name].nunique() < min(2, ctx.train[c.name].nunique())
    ]
    return [_named(odd, "Constant or without values")]
