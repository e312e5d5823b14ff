"""Rank intervals: they order what can be ordered, and keep their word under ties."""

from __future__ import annotations

import numpy as np
import pytest

from synthcraft.tools.stats.normal import normal_p
from synthcraft.tools.stats.ranks import rank_intervals


def places(values: list[float], error: float, higher: bool = True) -> list[tuple[int, int, int]]:
    found = rank_intervals(values, [error] * len(values), higher_is_better=higher)
    return [(r.rank, r.low, r.high) for r in found]


def test_what_lies_far_apart_is_ordered_and_what_lies_close_is_not() -> None:
    assert places([0.9, 0.5, 0.1], 0.01) == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    assert places([0.9, 0.5, 0.1], 0.01, higher=False) == [(3, 3, 3), (2, 2, 2), (1, 1, 1)]
    assert places([0.52, 0.5, 0.48], 0.1) == [(1, 1, 3), (2, 1, 3), (3, 1, 3)]
    assert places([0.9, 0.51, 0.5], 0.05) == [(1, 1, 1), (2, 2, 3), (3, 2, 3)]


def test_without_noise_equal_values_share_their_place() -> None:
    assert places([0.5, 0.5, 0.4], 0.0) == [(1, 1, 2), (1, 1, 2), (3, 3, 3)]


@pytest.mark.parametrize("true", [[0.5] * 5, [0.5, 0.5, 0.5, 0.6, 0.7]])
def test_intervals_hold_all_true_ranks_at_once(true: list[float]) -> None:
    rng, error, kept = np.random.default_rng(2), 0.05, 0
    best = [1 + sum(other > own for other in true) for own in true]
    worst = [len(true) - sum(other < own for other in true) for own in true]
    for _ in range(1000):
        found = places(rng.normal(true, error).tolist(), error)
        # a tie may take any place of its group
        kept += all(
            low <= worst[i] and high >= best[i] and low <= best[i] and high >= worst[i]
            for i, (_, low, high) in enumerate(found)
        )
    assert kept / 1000 > 0.94


def test_p_values_of_the_normal() -> None:
    assert normal_p(1.96, 1.0) == pytest.approx(0.05, abs=1e-4)
    assert normal_p(1.645, 1.0, one_sided=True) == pytest.approx(0.05, abs=1e-4)
    assert normal_p(-1.0, 1.0, one_sided=True) > 0.8
    assert (normal_p(0.0, 0.0), normal_p(0.1, 0.0)) == (1.0, 0.0)
    assert (normal_p(-0.1, 0.0, one_sided=True), normal_p(0.1, 0.0, one_sided=True)) == (1.0, 0.0)
