"""Rates with 95 % intervals, and paired differences between systems on equal task and seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthcraft.graph.contracts import Frozen
from synthcraft.tools.stats.proportions import wilson

RESAMPLES = 2000


class Rate(Frozen):
    """A share of runs, with Wilson's interval.

    Attributes:
        hits: runs of which it holds.
        of: runs that were looked at.
    """

    hits: int
    of: int

    @property
    def share(self) -> float:
        """In [0, 1]; 0 where there was nothing to look at."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % (Wilson 1927); everything where there was nothing to look at."""
        return wilson(self.share, self.of) if self.of else (0.0, 1.0)


class Difference(Frozen):
    """Mean of paired differences, with a bootstrap interval over the pairs."""

    mean: float
    low: float
    high: float
    pairs: int


def rate(values: Sequence[bool | None]) -> Rate:
    """Of those that are known."""
    known = [value for value in values if value is not None]
    return Rate(hits=sum(known), of=len(known))


def difference(
    first: Sequence[float], second: Sequence[float], rng: np.random.Generator
) -> Difference | None:
    """First minus second, pair by pair; None without pairs."""
    if not first:
        return None
    gaps = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    drawn = rng.integers(len(gaps), size=(RESAMPLES, len(gaps)))
    low, high = np.quantile(gaps[drawn].mean(axis=1), [0.025, 0.975])
    return Difference(mean=float(gaps.mean()), low=float(low), high=float(high), pairs=len(gaps))
