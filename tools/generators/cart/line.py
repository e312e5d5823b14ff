"""The straight part of how a number follows from those before it; trees take what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthcraft.tools.generators.encoding import Array

MISSING = -9.0
"""Stands below every normal score, so that one split parts those with no number."""
_PRIOR = 10.0
"""People's worth of belief that a slope is zero, at least."""
_STEP = 1.3
"""Factor by which it grows while somebody says too much."""


@dataclass(frozen=True)
class Line:
    """A ridge regression on normal scores and on columns of two levels; missing ones say nothing.

    Attributes:
        straight: places of the columns that it looks at.
        slopes: one for each of them.
        level: value where all of them are 0.
    """

    straight: Array
    slopes: Array
    level: float

    def at(self, before: Array) -> Array:
        """Its value for each row."""
        trend: Array = self.level + _looked_at(before, self.straight) @ self.slopes
        return trend


def line(before: Array, target: Array, straight: Array, say: float) -> Line:
    """Fit it; level at zero where there is nothing to look at.

    Args:
        before: what is known of each row.
        target: the normal score of each row.
        straight: places of the columns to look at.
        say: most that one row may count for in its own value on the line (its leverage). The
            prior grows until nobody counts for more: many slopes from few people would tell who
            these people were.
    """
    if not len(straight):
        return Line(straight, np.zeros(0), 0.0)
    seen = _looked_at(before, straight)
    means, centre = seen.mean(axis=0), float(target.mean())
    centred = seen - means
    spread, axes = np.linalg.eigh(centred.T @ centred)
    spread, scored = np.maximum(spread, 0.0), centred @ axes
    squares, prior = scored**2, _PRIOR
    while (squares @ (1 / (spread + prior))).max() > say:
        prior *= _STEP
    slopes = axes @ ((scored.T @ (target - centre)) / (spread + prior))
    return Line(straight, slopes, centre - float(means @ slopes))


def _looked_at(before: Array, straight: Array) -> Array:
    chosen = before[:, straight].astype(float)
    found: Array = np.where(chosen == MISSING, 0.0, chosen)
    return found
