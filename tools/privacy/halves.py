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


def halves(ctx: EvalContext) -> Halves:
    """R and N, cut at random once per split; members are all training rows.

    Source: evaluation 1.
    """

    def build() -> Halves:
        mixed = ctx.rng("reference and outsiders").permutation(len(ctx.holdout))
        middle = len(mixed) // 2
        return Halves(np.sort(mixed[:middle]), np.sort(mixed[middle:]))

    return ctx.real("holdout halves", build)
