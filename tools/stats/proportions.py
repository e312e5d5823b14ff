"""Intervals of shares, and of the difference between two of them."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta, norm


def wilson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a share of n; it stays within 0 to 1 and never collapses to a point."""
    z = float(norm.ppf(0.5 + level / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def difference(
    a: float, n_a: float, b: float, n_b: float, level: float = 0.95
) -> tuple[float, float]:
    """Interval of a - b from the Wilson intervals of both shares (Newcombe 1998, method 10)."""
    low_a, high_a = wilson(a, n_a, level)
    low_b, high_b = wilson(b, n_b, level)
    below, above = np.hypot(a - low_a, high_b - b), np.hypot(high_a - a, b - low_b)
    return float(a - b - below), float(a - b + above)


def clopper_pearson(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share; it covers at least `level`, whatever the share."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high
