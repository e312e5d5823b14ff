"""F4: two-way tables of all pairs of columns, synthetic against training rows."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Tables:
    """Rows in every cell of every pair's table, one table after the other."""

    pairs: list[Pair]
    starts: Ints
    """Where each pair's cells begin."""
    real: Ints
    synthetic: Ints

    def per_pair(self, cells: Floats) -> Floats:
        """Sums of a number per cell."""
        return np.asarray(np.add.reduceat(cells, self.starts))


def tables(ctx: EvalContext) -> Tables:
    """The tables of at least two columns: at most ten bins or levels, and their rest, a side."""
    columns = ctx.columns
    cut = {"bins": bins(len(ctx.train), len(ctx.holdout)), "levels": BINS}
    sizes = [size(ctx, c, **cut) for c in columns]

    def counted(frame: pd.DataFrame) -> Ints:
        coded = zip((codes(ctx, frame, c, **cut) for c in columns), sizes, strict=True)
        each = [
            np.bincount(a * many + b, minlength=few * many)
            for (a, few), (b, many) in combinations(coded, 2)
        ]
        return np.concatenate(each)

    names = tuple(c.name for c in columns)
    cells = [few * many for few, many in combinations(sizes, 2)]
    return Tables(
        pairs=list(combinations(names, 2)),
        starts=np.cumsum([0, *cells[:-1]]),
        real=ctx.real(("pair tables", names), lambda: counted(ctx.train)),
        synthetic=ctx.own("pair tables", lambda: counted(ctx.synthetic)),
    )


def bins(n: int, h: int) -> int:
    """Bins of a number, 2 to 10: as many as keep chance under 0.1 between n and h real rows."""
    return int(np.clip(_CHANCE / (0.4 * np.sqrt(1 / n + 1 / max(h, 1))), 2, BINS))


def beyond_chance(found: Tables, n: int, k: int) -> Floats:
    """Total variation distance of each pair less what n and k rows show by chance, 0 to 1."""
    p = (found.real + found.synthetic) / (n + k)
    chance = np.minimum(expected_gap(p * (1 - p), n, k), 2 * p)
    gap = np.abs(found.real / n - found.synthetic / k)
    return np.maximum(found.per_pair(gap - chance) / 2, 0.0)


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
    if len(ctx.columns) < 2:
        return []
    cells = tables(ctx)
    found = beyond_chance(cells, len(ctx.train), len(ctx.synthetic))
    worst = cells.pairs[int(found.argmax())]
    message = f"Worst pair: {worst[0]} and {worst[1]}, {found.max():.3f}."
    names = np.array(cells.pairs)
    rows = [
        Value(float(found[(names == c.name).any(axis=1)].mean()), column=c.name)
        for c in ctx.columns
    ]
    return [Value(float(found.mean()), message=message), *rows]
