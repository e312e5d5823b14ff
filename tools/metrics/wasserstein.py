"""F1: how far numbers would have to move, in units of the real interquartile range."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import wasserstein_distance

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.metrics.registry import metric


def scaled(real: Floats, synthetic: Floats) -> float | None:
    """W1 of the present values over the IQR of the real ones (over their SD where that is 0)."""
    a, b = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if not len(a) or not len(b):
        return None
    moved = float(wasserstein_distance(a, b))
    quarter, three = np.quantile(a, [0.25, 0.75])
    # a real column without any spread is its own unit: 1 if anything has moved
    return moved / (float(three - quarter) or float(a.std()) or moved or 1.0)


@metric(
    "fidelity.wasserstein",
    family="fidelity",
    title="Distance that numbers have moved",
    explanation="Near zero: numbers would hardly have to move to match the real ones.",
    floor="A3",
    needs=("rows",),
    tier="quick",
    resamples=5,
)
def wasserstein(ctx: EvalContext) -> list[Value]:
    """Mean over numeric columns of W1 / IQR of T, 0 upwards, lower is better; each as a row.

    Missing values are left out. Source: evaluation 4.2, F1.
    """
    rows = []
    for name in (c.name for c in ctx.columns if is_number(c)):
        real = ctx.real(("numbers", name), partial(numbers, ctx.train[name]))
        moved = scaled(real, numbers(ctx.synthetic[name]))
        message = "One side has no number in this column." if moved is None else ""
        rows.append(Value(moved, column=name, message=message))
    known = [row.value for row in rows if row.value is not None]
    return [Value(float(np.mean(known))), *rows] if known else []
