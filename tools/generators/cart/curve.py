"""Numbers as ranks, and back through a curve on which no point stands for fewer than k people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from synthcraft.tools.generators.encoding import Array

_MOSTLY_SHARED = 0.9
"""Share of people with a common value from which a column is drawn from its common values."""


def scores(values: Array, rng: np.random.Generator) -> Array:
    """Normal scores of the ranks, at random among equal values: a heap keeps its share."""
    order = np.lexsort((rng.random(len(values)), values))
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values)) + 0.5
    found: Array = ndtri(ranks / len(values))
    return found


@dataclass(frozen=True)
class Curve:
    """Quantiles of a column, fit to be shown.

    Where nearly everybody shares a value with k - 1 others, these common values. Elsewhere means
    of k or more neighbouring values, the outermost of the k smallest and of the k largest.
    """

    quantiles: Array
    shared: bool

    def values(self, scored: Array) -> Array:
        """The numbers at normal scores."""
        shares = ndtr(scored)
        last = len(self.quantiles) - 1
        if self.shared:
            whole: Array = self.quantiles[(shares * last).round().astype(int)]
            return whole
        between: Array = np.interp(shares * last, np.arange(last + 1), self.quantiles)
        return between


def curve(values: Array, people: int) -> Curve:
    """The curve of at least `people` observed values."""
    ordered = np.sort(values)
    _, place, counts = np.unique(ordered, return_inverse=True, return_counts=True)
    common = ordered[counts[place] >= people]
    if len(common) >= _MOSTLY_SHARED * len(ordered):
        return Curve(common, True)
    sums = np.concatenate([[0.0], np.cumsum(ordered - ordered[0])])
    points = max(len(ordered) // people, 1)
    starts = np.rint(np.linspace(0, len(ordered) - people, points + 1)).astype(int)
    return Curve(ordered[0] + (sums[starts + people] - sums[starts]) / people, False)
