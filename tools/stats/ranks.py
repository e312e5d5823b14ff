"""How far a set of estimates can be put in order at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synthcraft.tools.stats.multiplicity import holm
from synthcraft.tools.stats.normal import normal_p


@dataclass(frozen=True)
class Ranked:
    """Place of one estimate among the others, 1 is best, with what the noise allows."""

    rank: int
    low: int
    high: int


def rank_intervals(
    estimates: Sequence[float],
    errors: Sequence[float],
    *,
    higher_is_better: bool,
    alpha: float = 0.05,
) -> list[Ranked]:
    """Simultaneous rank intervals from all pairwise differences, Holm-adjusted.

    An estimate's best rank is one more than the number that are clearly better, its worst rank
    the number of all less those clearly worse: with ties every interval is wide, where bootstrap
    ranks would look certain. Estimates count as independent; estimates that share test rows
    differ less than that, so the intervals are too wide rather than too narrow.
    Source: Mogstad, Romano, Shaikh and Wilhelm 2024; evaluation 4.8.

    Args:
        estimates: one number each.
        errors: their standard errors, not negative.
        higher_is_better: the direction.
        alpha: chance that any interval misses.
    """
    signed = [value if higher_is_better else -value for value in estimates]
    pairs = [(i, j) for i in range(len(signed)) for j in range(i)]
    adjusted = holm(
        [normal_p(signed[i] - signed[j], math.hypot(errors[i], errors[j])) for i, j in pairs]
    )
    better, worse = [0] * len(signed), [0] * len(signed)
    for (i, j), p in zip(pairs, adjusted, strict=True):
        if p < alpha:
            ahead, behind = (i, j) if signed[i] > signed[j] else (j, i)
            better[behind] += 1
            worse[ahead] += 1
    return [
        Ranked(1 + sum(other > own for other in signed), 1 + above, len(signed) - below)
        for own, above, below in zip(signed, better, worse, strict=True)
    ]
