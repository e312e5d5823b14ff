"""The AUC and its error against sklearn, resampling, and the formulas."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from synthcraft.tools.stats.auc import (
    advantage,
    auc,
    detectable_auc,
    null_error,
    sensitivity_at,
)


def scores(seed: int, m: int = 300, n: int = 120, shift: float = 0.6) -> tuple[np.ndarray, ...]:
    """Events and others, with ties."""
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1, m).round(1), rng.normal(0, 1.3, n).round(1)


@pytest.mark.parametrize("seed", range(5))
def test_auc_agrees_with_sklearn(seed: int) -> None:
    events, others = scores(seed)
    truth = np.repeat([1, 0], [len(events), len(others)])
    expected = roc_auc_score(truth, np.concatenate([events, others]))
    assert auc(events, others).value == pytest.approx(expected, abs=1e-12)
    assert auc(-events, -others).value == pytest.approx(1 - expected, abs=1e-12)
    assert auc(np.exp(events), np.exp(others)).value == pytest.approx(expected, abs=1e-12)


def test_delong_agrees_with_the_bootstrap() -> None:
    events, others = scores(7)
    rng = np.random.default_rng(0)
    draws = [
        auc(rng.choice(events, len(events)), rng.choice(others, len(others))).value
        for _ in range(1500)
    ]
    assert auc(events, others).error == pytest.approx(np.std(draws), rel=0.08)


def test_error_of_scores_that_say_nothing_is_that_of_many_tables() -> None:
    rng = np.random.default_rng(1)
    values = [auc(rng.random(60), rng.random(25)) for _ in range(1500)]
    assert np.std([v.value for v in values]) == pytest.approx(null_error(60, 25), rel=0.06)
    assert np.mean([v.error for v in values]) == pytest.approx(null_error(60, 25), rel=0.06)


def test_detectable_auc_is_what_the_specification_says_for_nhanes() -> None:
    assert detectable_auc(2339, 585) == pytest.approx(0.533, abs=5e-4)
    assert detectable_auc(2339, 292) == pytest.approx(0.545, abs=1e-3)
    assert detectable_auc(117, 29) == pytest.approx(0.65, abs=2e-3)
    assert detectable_auc(5, 1) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_hits_and_advantage_agree_with_the_roc_curve(seed: int) -> None:
    events, others = scores(seed)
    truth = np.repeat([1, 0], [len(events), len(others)])
    alarms, hits, _ = roc_curve(truth, np.concatenate([events, others]), drop_intermediate=False)
    assert advantage(events, others) == pytest.approx((hits - alarms).max())
    for share in (0.01, 0.05, 0.2):
        assert sensitivity_at(events, others, share) == pytest.approx(hits[alarms <= share].max())


def test_extremes() -> None:
    assert auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])).value == 1.0
    assert auc(np.zeros(3), np.zeros(4)).value == 0.5
    assert auc(np.array([1.0]), np.array([0.0])).error == 0.0
    assert advantage(np.zeros(3), np.ones(4)) == 0.0
