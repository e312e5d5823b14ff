"""The exact-match rule: no synthetic row may equal a training row where chance cannot do it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import is_number, numbers
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.rows import row_hashes

_CHANCE = 0.01
_DEPENDENCE = 10.0


def chance_matches(ctx: EvalContext) -> float:
    """Expected full-row matches of strangers: 10 k n prod_j sum_v p_jv^2 (10 for dependence)."""
    product = 1.0
    for column in ctx.columns:
        series = ctx.train[column.name]
        codes = pd.factorize(numbers(series) if is_number(column) else series)[0] + 1
        shares = np.bincount(codes) / max(len(series), 1)
        product *= float((shares**2).sum())
    return _DEPENDENCE * len(ctx.synthetic) * len(ctx.train) * product


@metric(
    "sanity.exact_match",
    family="sanity",
    title="No training row is repeated",
    explanation="Zero synthetic rows equal to a training row, where chance would make none.",
    needs=("rows",),
    tier="quick",
)
def exact_match(ctx: EvalContext) -> list[Value]:
    """Share of synthetic rows that equal a training row; blocks only on fine-grained tables.

    On coarse tables strangers coincide, and the near-copy test decides instead.
    Source: evaluation 4.3.
    """
    train, holdout = row_hashes(ctx.columns, ctx.train), row_hashes(ctx.columns, ctx.holdout)
    real, synthetic = np.concatenate([train, holdout]), row_hashes(ctx.columns, ctx.synthetic)
    seen = real if ctx.holdout_seen else train
    share = float(np.isin(synthetic, seen).mean())
    if np.array_equal(np.sort(synthetic), np.sort(seen)):
        return [Value(share, score=share, message="The file is the real table, row for row.")]
    expected = chance_matches(ctx) * len(seen) / len(train)
    if expected < _CHANCE and len(np.unique(real)) == len(real):
        message = "Synthetic rows repeat training rows in full." if share else ""
        return [Value(share, score=share, message=message)]
    coarse = "Strangers coincide in a table this coarse;"
    if ctx.holdout_seen:
        message = f"{coarse} without rows that were kept away nothing tells copies from chance."
        return [Value(share, status="not_assessed", message=message)]
    return [Value(share, score=0.0, message=f"{coarse} the near-copy test decides.")]
