"""The benchmark of sequential CART: what it says of a real survey, and of a larger table."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthcraft.evals.bench import cases
from synthcraft.evals.cart_cost import growth, trials


def test_trials_report_utility_and_attacks_of_each_seed(nhanes: Path) -> None:
    one, other = trials(nhanes, 2)
    assert one.real_auc == other.real_auc > 0.8
    assert abs(one.auc - one.real_auc) < 0.05 and one.auc != other.auc
    assert one.prevalence == pytest.approx(0.042, abs=0.015)
    assert min(one.seconds, other.seconds) > 0
    assert 0 < one.copies_p <= 1 and 0.4 < one.membership < 0.65


def test_larger_table_is_fitted_and_drawn(nhanes: Path) -> None:
    cost = growth(nhanes, (2000, 9))
    assert cost.fit > 0 and cost.draw > 0 and cost.peak_mb > 50


def test_it_is_one_of_the_cases() -> None:
    assert "cart" in cases()
