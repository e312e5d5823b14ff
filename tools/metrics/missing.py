"""F2: are values missing as often, and together, as in the training rows?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, level_codes, main_levels
from synthcraft.tools.metrics.registry import metric


@metric(
    "fidelity.missingness",
    family="fidelity",
    title="Share of missing values",
    explanation="Near zero: values are missing as often as in the real table.",
    floor="M",
    needs=("rows",),
    tier="quick",
)
def missingness(ctx: EvalContext) -> list[Value]:
    """Largest difference in the share of missing values over columns, 0 to 1, lower is better.

    Columns that differ have rows of their own. Source: evaluation 4.2, F2.
    """
    names = [c.name for c in ctx.columns]
    gaps = (ctx.train[names].isna().mean() - ctx.synthetic[names].isna().mean()).abs()
    noise = float(1.3 * np.sqrt(1 / len(ctx.train) + 1 / len(ctx.synthetic)))
    rows = [Value(float(gap), column=str(n), noise=noise) for n, gap in gaps.items() if gap > 0]
    return [Value(float(gaps.max()), noise=noise), *rows]


@metric(
    "fidelity.missing_pattern",
    family="fidelity",
    title="Values missing together",
    explanation="Near zero: the same combinations of values are missing, equally often.",
    floor="M",
    needs=("rows",),
    tier="quick",
    resamples=10,
)
def missing_pattern(ctx: EvalContext) -> list[Value]:
    """Total variation distance of the patterns of missing columns, 0 to 1, lower is better.

    A pattern is the set of columns that a row lacks; the thirty most frequent ones with at least
    ten training rows are compared, all others count as one. Source: evaluation 4.2, F2.
    """
    names = [c.name for c in ctx.columns]
    real = ctx.real(("patterns", tuple(names)), lambda: _patterns(ctx, ctx.train, names))
    levels = main_levels(real)

    def shares(patterns: pd.Series[int]) -> Floats:
        found = np.bincount(level_codes(patterns, levels), minlength=len(levels) + 3)
        return np.asarray(found / len(patterns))

    gap = np.abs(shares(real) - shares(_patterns(ctx, ctx.synthetic, names)))
    return [Value(float(gap.sum() / 2))]


def _patterns(ctx: EvalContext, frame: pd.DataFrame, names: list[str]) -> pd.Series[int]:
    """A number per row that stands for the columns that are missing in it."""
    keys = ctx.rng("patterns").integers(1, 2**62, len(names), dtype=np.uint64)
    return pd.Series(frame[names].isna().to_numpy() @ keys)
