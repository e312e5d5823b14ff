"""Intervals of shares against independent code, the textbook and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from synthcraft.tools.stats.proportions import clopper_pearson, difference, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (1, 40), (17, 40), (399, 400), (12, 12)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_intervals_agree_with_scipy(hits: int, n: int, level: float) -> None:
    test = binomtest(hits, n)
    exact, score = (test.proportion_ci(level, method) for method in ("exact", "wilson"))
    assert clopper_pearson(hits, n, level) == pytest.approx((exact.low, exact.high))
    assert wilson(hits / n, n, level) == pytest.approx((score.low, score.high), abs=1e-12)


def test_difference_is_newcombes_worked_example() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    assert difference(56 / 70, 70, 48 / 80, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_difference_covers() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.binomial(300, 0.08, 1000) / 300, rng.binomial(80, 0.05, 1000) / 80
    inside = 0
    for x, y in zip(a, b, strict=True):
        low, high = difference(x, 300, y, 80)
        inside += low <= 0.03 <= high
    assert 0.93 <= inside / 1000 <= 0.98
