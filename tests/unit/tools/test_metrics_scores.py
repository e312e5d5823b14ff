"""Scores under many draws agree with independent code on every draw."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from lifelines.utils import concordance_index
from sklearn.metrics import average_precision_score, brier_score_loss

from synthcraft.tools.metrics.risk import _logistic
from synthcraft.tools.metrics.scores import (
    interval,
    net_benefit,
    weighted_auc,
    weighted_auprc,
    weighted_mean,
    weighted_slope,
)
from synthcraft.tools.metrics.survival import ordered_pairs


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tied scores as risks, outcomes, and draws of rows."""
    rng = np.random.default_rng(1)
    y = rng.random(300) < 0.2
    logit = (rng.normal(-1.5, 1, 300) + y).round(1)
    return 1 / (1 + np.exp(-logit)), y, rng.multinomial(300, np.full(300, 1 / 300), size=25)


def test_average_precision_and_brier_agree_with_sklearn(drawn: tuple[np.ndarray, ...]) -> None:
    risk, y, weights = drawn
    precision = [average_precision_score(y, risk, sample_weight=w) for w in weights]
    assert weighted_auprc(risk, y, weights) == pytest.approx(precision)
    brier = [brier_score_loss(y, risk, sample_weight=w) for w in weights]
    assert weighted_mean((risk - y) ** 2, weights) == pytest.approx(brier)


def test_calibration_agrees_with_statsmodels(drawn: tuple[np.ndarray, ...]) -> None:
    risk, y, weights = drawn
    logit = np.log(risk / (1 - risk))
    design, binomial = sm.add_constant(logit), sm.families.Binomial()
    slopes = [
        sm.GLM(y.astype(float), design, family=binomial, freq_weights=w).fit().params[1]
        for w in weights
    ]
    assert weighted_slope(logit, y.astype(float), weights) == pytest.approx(slopes, abs=1e-4)
    large = sm.GLM(y.astype(float), np.ones(300), family=binomial, offset=logit).fit()
    value, error = _logistic(np.ones((300, 1)), logit, y.astype(float))
    assert value == pytest.approx(large.params, rel=1e-4)
    assert error == pytest.approx(large.bse, rel=1e-4)


def test_a_slope_that_does_not_exist_is_no_number() -> None:
    event = np.repeat([0.0, 1.0], 20)
    ones = np.ones((1, 40))
    assert np.isnan(weighted_slope(np.zeros(40), np.zeros(40), ones)).all()
    assert np.isnan(weighted_slope(np.repeat([-1.0, 1.0], 20), event, ones)).all()


def test_net_benefit_by_hand() -> None:
    event, risk = np.array([1.0, 0, 0, 1, 0]), np.array([0.9, 0.8, 0.1, 0.1, 0.05])
    # one event and one other treated of five; the odds of 0.2 are a quarter
    assert net_benefit(event, risk, 0.2).mean() == pytest.approx((1 - 0.25) / 5)
    assert net_benefit(event, np.zeros(5), 0.2).mean() == 0


def test_draws_without_events_are_no_numbers() -> None:
    event = np.array([True, False, False])
    lost = np.array([[0.0, 1.0, 1.0]])
    for score in (weighted_auc, weighted_auprc):
        assert np.isnan(score(np.array([0.3, 0.2, 0.1]), event, lost)).all()
    assert interval(np.full(100, np.nan)) is None


@pytest.mark.parametrize("steps", [1, 10, 1000], ids=["all tied", "many ties", "few ties"])
def test_concordance_agrees_with_lifelines(steps: int) -> None:
    rng = np.random.default_rng(steps)
    time = np.ceil(rng.random(400) * steps)
    event = rng.random(400) < 0.5
    risk = np.round(-time / steps + rng.normal(0, 1, 400), 1)
    right, pairs = ordered_pairs(time, event, risk)
    assert right.sum() / pairs.sum() == pytest.approx(concordance_index(time, -risk, event))
