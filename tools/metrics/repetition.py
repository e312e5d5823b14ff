"""D4: does the file repeat itself?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import entr

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.binned import shares
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.rows import row_hashes


@metric(
    "diversity.duplicates",
    family="fidelity",
    title="Rows that repeat another row of the file",
    explanation="No higher than in the real table.",
    ideal=None,
    floor="C",
    needs=("rows",),
)
def duplicates(ctx: EvalContext) -> list[Value]:
    """Share of synthetic rows that equal an earlier one, 0 to 1; ideal: the training rows' share.

    Coarse tables repeat themselves by nature, and longer ones more. Source: evaluation 4.2, D4.
    """

    def share(frame: pd.DataFrame) -> float:
        return 1 - len(np.unique(row_hashes(ctx.columns, frame))) / max(len(frame), 1)

    names = tuple(c.name for c in ctx.columns)
    real = ctx.real(("duplicates", names), lambda: share(ctx.train))
    return [Value(share(ctx.synthetic), ideal=real)]


def entropy(p: Floats) -> float:
    """Shannon entropy of a vector of shares, in bits."""
    return float(entr(p).sum() / np.log(2))


@metric(
    "diversity.entropy_ratio",
    family="fidelity",
    title="Variety of each column",
    explanation="Near 1: each column is as varied as in the real table.",
    direction="target",
    ideal=1.0,
    floor="C",
    needs=("rows",),
)
def entropy_ratio(ctx: EvalContext) -> list[Value]:
    """Mean over columns of the entropy of S over that of T, 0 upwards; each column as a row.

    Ideal 1. Ten bins of equal frequency in T, or levels; missing is a level. Columns that are
    constant in T are left out. Source: evaluation 4.2, D4.
    """
    ratios: dict[str, float] = {}
    for column in ctx.columns:
        real, synthetic = (entropy(p) for p in shares(ctx, column))
        if real > 0:
            ratios[column.name] = synthetic / real
    if not ratios:
        return []
    rows = [Value(ratio, column=name) for name, ratio in ratios.items()]
    return [Value(float(np.mean(list(ratios.values())))), *rows]
