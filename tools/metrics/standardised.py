"""F1: standardised mean differences, with the usual flag above 0.10."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.binned import shares
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.table_schema import Column

_MOST = 10.0


def of_numbers(real: Floats, synthetic: Floats) -> float:
    """|difference of means| over the pooled standard deviation of present values."""
    a, b = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if not len(a) or not len(b):
        return 0.0 if len(a) == len(b) else _MOST
    spread = float(np.sqrt((a.var() + b.var()) / 2))
    gap = abs(float(a.mean() - b.mean()))
    return min(gap / spread, _MOST) if spread > 0 else _MOST * (gap > 0)


def of_shares(p: Floats, q: Floats) -> float:
    """Mahalanobis distance of two vectors of level shares under their mean covariance."""
    here = (p + q) > 0
    p, q = p[here], q[here]
    covariance = (np.diag(p + q) - np.outer(p, p) - np.outer(q, q)) / 2
    gap = p - q
    # a direction in which neither table varies at all counts as far, up to the limit
    covariance += 1e-9 * np.eye(len(p))
    squared = float(gap @ np.linalg.solve(covariance, gap))
    return min(float(np.sqrt(squared)), _MOST)


def _difference(ctx: EvalContext, column: Column) -> Value:
    size = 1 / len(ctx.train) + 1 / len(ctx.synthetic)
    name = column.name
    if is_number(column):
        real = ctx.real(("numbers", name), lambda: numbers(ctx.train[name]))
        found, free = of_numbers(real, numbers(ctx.synthetic[name])), 1
    else:
        p, q = shares(ctx, column)
        found, free = of_shares(p, q), max(int(((p + q) > 0).sum()) - 1, 1)
    return Value(found, column=name, noise=float(np.sqrt(chi2.ppf(0.99, free) * size)))


@metric(
    "fidelity.standardised_difference",
    family="fidelity",
    title="Largest standardised difference",
    explanation="At most 0.10: no column's mean or level shares have moved noticeably.",
    floor="A3",
    needs=("rows",),
    tier="quick",
    resamples=10,
)
def standardised_difference(ctx: EvalContext) -> list[Value]:
    """Largest |SMD| over columns, 0 to 10 (no spread at all), lower is better; each as a row.

    Numbers: difference of means over the pooled SD. Categories, missing being a level: the
    Mahalanobis form over all levels. Source: evaluation 2, P1.
    """
    rows = [_difference(ctx, column) for column in ctx.columns]
    worst = max(rows, key=lambda row: row.value or 0.0)
    return [Value(worst.value, noise=worst.noise, message=f"Column: {worst.column}."), *rows]
