"""Adjusted p values against another implementation, and the order of endpoints."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from synthcraft.tools.stats.multiplicity import confirmed, false_discovery, holm


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_adjusted_p_values_agree_with_statsmodels(seed: int, count: int) -> None:
    p = np.random.default_rng(seed).beta(0.5, 3, count).tolist()
    p[0] = p[-1]  # a tie
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert false_discovery(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_no_test_is_no_result() -> None:
    assert holm([]) == false_discovery([]) == confirmed([]) == []


def test_holm_keeps_the_rate_of_any_false_alarm() -> None:
    p = np.random.default_rng(1).random((2000, 10))
    alarms = np.mean([min(holm(row)) < 0.05 for row in p.tolist()])
    raw = np.mean(p.min(axis=1) < 0.05)
    assert alarms < 0.065 < 0.3 < raw


def test_an_endpoint_confirms_only_after_those_before_it() -> None:
    assert confirmed([True, True, False, True]) == [True, True, True, False]
    assert confirmed([False, True]) == [True, False]
