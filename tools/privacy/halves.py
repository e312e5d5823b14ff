"""The holdout in two: what an attacker may know of the population, and people never used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Ints


@dataclass(frozen=True)
class Halves:
    """Places of holdout rows: the attacker's reference R, and the non-members N."""

    reference: Ints
    outsiders: Ints


def halves(ctx: EvalContext, cut: int = 0) -> Halves:
    """R and N of one random cut of the holdout; members are all training rows.

    An odd cut is the one before it with the halves exchanged, so that over an even number of
    cuts each held-back person is a non-member equally often. Source: evaluation 1.
    """

    def build() -> Halves:
        if cut % 2:
            before = halves(ctx, cut - 1)
            return Halves(before.outsiders, before.reference)
        name = f"reference and outsiders {cut}" if cut else "reference and outsiders"
        mixed = ctx.rng(name).permutation(len(ctx.holdout))
        middle = len(mixed) // 2
        return Halves(np.sort(mixed[:middle]), np.sort(mixed[middle:]))

    return ctx.real(("holdout halves", cut), build)
