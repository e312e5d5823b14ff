"""F4: two-way tables of all pairs of columns, synthetic against training rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.binned import BINS, codes, size
from synthcraft.tools.metrics.chance import expected_gap
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.registry import metric

Pair = tuple[str, str]
_CHANCE = 0.1


def pairs(ctx: EvalContext) -> list[Pair]:
    """Names of all pairs of compared columns, in a fixed order."""
    return list(combinations([c.name for c in ctx.columns], 2))


def bins(n: int, h: int) -> int:
    """Bins of a number, 2 to 10: as many as keep chance under 0.1 between n and h real rows."""
    return int(np.clip(_CHANCE / (0.4 * np.sqrt(1 / n + 1 / max(h, 1))), 2, BINS))


def _counted(ctx: EvalContext, frame: pd.DataFrame) -> list[Ints]:
    """Rows in each cell of each pair's table."""
    cut = {"bins": bins(len(ctx.train), len(ctx.holdout)), "levels": BINS}
    coded = [(codes(ctx, frame, c, **cut), size(ctx, c, **cut)) for c in ctx.columns]
    return [
        np.bincount(a * many + b, minlength=few * many).astype(np.int32)
        for (a, few), (b, many) in combinations(coded, 2)
    ]


def tables(ctx: EvalContext) -> tuple[list[Ints], list[Ints]]:
    """Cell counts of every pair among the training and the synthetic rows."""
    names = tuple(c.name for c in ctx.columns)
    real = ctx.real(("pair tables", names), lambda: _counted(ctx, ctx.train))
    return real, ctx.own("pair tables", lambda: _counted(ctx, ctx.synthetic))


def _distances(ctx: EvalContext) -> Floats:
    n, k = len(ctx.train), len(ctx.synthetic)
    each = [beyond_chance(a, b, n, k) for a, b in zip(*tables(ctx), strict=True)]
    return np.asarray(each)


def beyond_chance(real: Ints, synthetic: Ints, n: int, k: int) -> float:
    """Total variation distance less what two samples of n and k rows show by chance, 0 to 1."""
    p = (real + synthetic) / (n + k)
    chance = np.minimum(expected_gap(p * (1 - p), n, k), 2 * p)
    return max(float(np.abs(real / n - synthetic / k).sum() - chance.sum()) / 2, 0.0)


@metric(
    "fidelity.pair_distance",
    family="fidelity",
    title="Two-way tables",
    explanation="Near zero: combinations of two columns are as frequent as in the real table.",
    floor="A4",
    needs=("rows",),
    resamples=5,
)
def pair_distance(ctx: EvalContext) -> list[Value]:
    """Mean total variation distance over all pairs, 0 to 1; each column's mean as a row.

    Lower is better. Numbers are cut at T's quantiles into at most ten bins, fewer in small tables;
    missing is a level; what sampling alone would show is taken off. Source: evaluation 4.2, F4.
    """
    found, named = _distances(ctx), pairs(ctx)
    if not named:
        return []
    worst = named[int(found.argmax())]
    message = f"Worst pair: {worst[0]} and {worst[1]}, {found.max():.3f}."
    rows = [
        Value(float(found[[name in pair for pair in named]].mean()), column=name)
        for name in (c.name for c in ctx.columns)
    ]
    return [Value(float(found.mean()), message=message), *rows]
