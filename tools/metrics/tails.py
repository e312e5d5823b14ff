"""D5: are there rows beyond the real 5th and 95th centile?"""

from __future__ import annotations

from functools import partial

import numpy as np

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.metrics.registry import metric

_TAIL = 0.05


def covered(real: Floats, synthetic: Floats) -> float | None:
    """Mean over both tails of the share of S beyond T's centile over T's own share, at most 1.

    Tails with under ten training rows are left out; None if that leaves none.
    """
    a, b = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if not len(a):
        return None
    low, high = np.quantile(a, [_TAIL, 1 - _TAIL], method="nearest")
    tails = [((a < low), (b < low)), ((a > high), (b > high))]
    ratios = [
        min(float(s.mean() / t.mean()), 1.0) if len(b) else 0.0
        for t, s in tails
        if t.sum() >= MIN_CELL
    ]
    return float(np.mean(ratios)) if ratios else None


@metric(
    "diversity.tail_coverage",
    family="fidelity",
    title="Low and high values that are still there",
    explanation="Near 1: values beyond the real 5th and 95th centile are as frequent.",
    direction="higher",
    ideal=1.0,
    floor="C",
    needs=("rows",),
    resamples=10,
)
def tail_coverage(ctx: EvalContext) -> list[Value]:
    """Mean over numeric columns of the coverage of both tails, 0 to 1; each column as a row.

    Higher is better. Source: evaluation 4.2, D5.
    """
    rows = []
    for name in (c.name for c in ctx.columns if is_number(c)):
        real = ctx.real(("numbers", name), partial(numbers, ctx.train[name]))
        rows.append(Value(covered(real, numbers(ctx.synthetic[name])), column=name))
    known = [row.value for row in rows if row.value is not None]
    if not known:
        return [Value(None, message="No column has ten training rows in a tail.")]
    return [Value(float(np.mean(known))), *(row for row in rows if row.value is not None)]
