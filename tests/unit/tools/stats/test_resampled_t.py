"""The corrected resampled t test on real repeated splits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from synthcraft.tools.stats.resampled_t import split_test


def test_without_overlap_it_is_the_plain_t_test() -> None:
    values = [0.02, 0.05, -0.01, 0.03, 0.04]
    plain, found = ttest_1samp(values, 0.0), split_test(values, train_rows=10**9, test_rows=1)
    assert found.p == pytest.approx(plain.pvalue, rel=1e-6)
    assert (found.low, found.high) == pytest.approx(tuple(plain.confidence_interval()), rel=1e-6)


def test_two_equal_learners_are_seldom_told_apart_on_overlapping_splits() -> None:
    """The plain test calls noise a difference far too often; the corrected one does not."""
    x, y = load_breast_cancer(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    rng, plain, corrected = np.random.default_rng(3), 0, 0
    for _ in range(30):
        # the same learner on two random halves of the columns: no true difference on average
        halves = np.array_split(rng.permutation(x.shape[1]), 2)
        rows = rng.permutation(len(y))[:150]
        differences = []
        for _ in range(8):
            order = rng.permutation(rows)
            train, test = order[:100], order[100:]
            scores = [
                LogisticRegression(max_iter=200).fit(x[train][:, h], y[train])
                .score(x[test][:, h], y[test]) for h in halves
            ]  # fmt: skip
            differences.append(scores[0] - scores[1])
        found = split_test(differences, 100, 50)
        corrected += found.p < 0.05
        plain += ttest_1samp(differences, 0.0).pvalue < 0.05
    assert corrected < plain


def test_no_spread_and_too_few_splits() -> None:
    assert split_test([0.0, 0.0], 10, 5).p == 1.0
    assert split_test([0.1, 0.1], 10, 5).p == 0.0
    for values, rows in (([0.1], 10), ([], 10), ([0.1, 0.2], 0)):
        with pytest.raises(ValueError, match="two splits"):
            split_test(values, rows, 5)
