"""V7: does a description that fits one synthetic row fit one person of the training data?"""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
from scipy.stats import hypergeom

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.excess import judged, shares
from synthcraft.tools.privacy.keys import keys
from synthcraft.tools.table_schema import Column

_SIZES = (2, 3, 4)
_SETS = 40


@metric(
    "privacy.singling_out",
    family="privacy_metrics",
    title="Singling people out",
    explanation="Near zero: descriptions from the file fit single training people no more often.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout", "separate"),
)
def singling_out(ctx: EvalContext) -> list[Value]:
    """V7: chance that a description fits exactly one training person, minus the same for H.

    A description names the values (numbers: one of ten bins) of two to four columns and fits one
    synthetic row. Both sides are taken at the size of the smaller: the mean over all subsamples,
    which is hypergeometric, stands for repeated draws. -1 to 1, ideal 0. The interval counts each
    synthetic row once, however many descriptions it yields. Source: evaluation 4.5.
    """
    sizes = len(ctx.train), len(ctx.holdout)
    alone, used = np.zeros(2), np.zeros(len(ctx.synthetic), dtype=bool)
    tried = 0
    for columns in _column_sets(ctx):
        key = keys(ctx, columns)
        single = key.counts(key.synthetic) == 1
        used |= single[key.synthetic]
        tried += int(single.sum())
        sides = key.real[: sizes[0]], key.real[sizes[0] :]
        for side, rows in enumerate(sides):
            fitting = key.counts(rows)[single]
            alone[side] += _exactly_one(fitting, sizes[side], min(sizes)).sum()
    if not tried:
        message = "No two to four columns describe a single synthetic row."
        return [Value(None, status="not_assessed", message=message)]
    train, holdout = alone / tried
    described = int(used.sum())
    return judged([shares(float(train), described, float(holdout), described)])


def _exactly_one(fitting: Ints, people: int, drawn: int) -> Floats:
    """Chance that exactly one of those who fit is among the people drawn."""
    counts = np.arange(int(fitting.max(initial=0)) + 1)
    return np.asarray(hypergeom.pmf(1, people, counts, drawn)[fitting])


def _column_sets(ctx: EvalContext) -> list[tuple[Column, ...]]:
    """All sets of two to four columns, or forty of them at random."""
    columns = ctx.columns
    if len(columns) <= 6:
        return list(chain.from_iterable(combinations(columns, size) for size in _SIZES))
    rng = ctx.rng("singling out")
    picks = (rng.permutation(len(columns))[: rng.choice(_SIZES)] for _ in range(_SETS))
    return [tuple(columns[i] for i in sorted(pick)) for pick in picks]
