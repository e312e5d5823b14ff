"""Sanity: no value that was planted in the training rows may come out again."""

from __future__ import annotations

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import factorised, is_number, numbers
from synthcraft.tools.metrics.registry import metric


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


@metric(
    "sanity.canaries",
    family="sanity",
    tier="quick",
    title="No planted value comes out",
    explanation="Zero planted values in the synthetic table.",
    needs=("rows",),
)
def canaries(ctx: EvalContext) -> list[Value]:
    """Declared canary values that occur in any column, identifiers and free text included.

    The message names columns, never the value. Source: evaluation 4.3.
    """
    if not ctx.canaries:
        return [Value(None, message="No planted value was declared.")]
    found: set[str] = set()
    where: list[str] = []
    for column in ctx.schema.columns:
        if column.name not in ctx.synthetic:
            continue
        series = ctx.synthetic[column.name]
        if is_number(column):
            here = {c for c in ctx.canaries if np.isin(_number(c), numbers(series))}
        else:
            here = set(ctx.canaries) & set(factorised(series)[1])
        found |= here
        where += [column.name] if here else []
    message = f"In: {', '.join(where[:5])}." if where else ""
    return [Value(float(len(found)), message=message)]
