"""F1: Jensen-Shannon distance of each column, with logarithms to base 2 and no smoothing."""

from __future__ import annotations

import numpy as np
from scipy.special import rel_entr

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.binned import shares
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.registry import metric


def distance(p: Floats, q: Floats) -> float:
    """Square root of the divergence of two vectors of shares, 0 to 1."""
    middle = (p + q) / 2
    nats = float(rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2
    return float(np.sqrt(max(nats / np.log(2), 0.0)))


@metric(
    "fidelity.jensen_shannon",
    family="fidelity",
    title="Jensen-Shannon distance of columns",
    explanation="Near zero: each column's bins and levels are equally full.",
    floor="A3",
    needs=("rows",),
    tier="quick",
    resamples=5,
)
def jensen_shannon(ctx: EvalContext) -> list[Value]:
    """Mean Jensen-Shannon distance over columns, 0 to 1, lower is better; each as a row.

    Ten bins of equal frequency in T, or levels; missing is a level. Source: evaluation 3.2, P6.
    """
    found = {c.name: distance(*shares(ctx, c)) for c in ctx.columns}
    rows = [Value(each, column=name) for name, each in found.items()]
    return [Value(float(np.mean(list(found.values())))), *rows]
