"""Combined variances hold what they promise: the coverage simulation, and the overlap reference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from synthcraft.tools.inference.agreement import (
    joint_distance,
    joint_p,
    mean_overlap_low,
    overlap,
    overlap_reference,
    same_decision,
    truncated,
)
from synthcraft.tools.inference.combine import around, pool
from synthcraft.tools.inference.models import Fit, logistic
from synthcraft.tools.metrics.columns import Floats

N = 2924
TRUTH = np.array([-3.83, 0.8, 0.5, 0.15, -0.4, 0.1])
"""About 117 events: an intercept, then per standard deviation, or for a level."""


def covariates(rng: np.random.Generator) -> Floats:
    x = rng.normal(0, 1, (N, 5))
    x[:, 1] = rng.random(N) < 0.45
    return x


def outcomes(x: Floats, beta: Floats, rng: np.random.Generator) -> Floats:
    return (rng.random(len(x)) < expit(beta[0] + x @ beta[1:])).astype(float)


def full(fit: Fit, x: Floats, y: Floats) -> Floats:
    """The fit with its intercept, found by bisection on the number of events."""
    low, high = -15.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (low, middle) if expit(middle + x @ fit.beta).sum() > y.sum() else (middle, high)
        )
    return np.array([low, *fit.beta])


def covered(repetitions: int, seed: int) -> dict[str, float]:
    """Share of 95 % intervals that hold the truth, over coefficients and repetitions.

    A correctly specified logistic synthesiser: outcomes drawn from the model fitted to the real
    rows, covariates from their population.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, list[Floats]] = {}
    events = []

    def note(name: str, interval: tuple[Floats, Floats]) -> None:
        found.setdefault(name, []).append((interval[0] <= TRUTH[1:]) & (TRUTH[1:] <= interval[1]))

    for _ in range(repetitions):
        x = covariates(rng)
        y = outcomes(x, TRUTH, rng)
        events.append(y.sum())
        real = logistic(x, y)
        model = full(real, x, y)
        tables = [(s := covariates(rng), outcomes(s, model, rng)) for _ in range(10)]
        fits = [logistic(*table) for table in tables]
        note("real", around(real.beta, real.variance))
        note("naive", around(fits[0].beta, fits[0].variance))
        for m in (5, 10):
            stacked = logistic(
                np.vstack([t[0] for t in tables[:m]]), np.concatenate([t[1] for t in tables[:m]])
            )
            note(f"stacked {m}", around(stacked.beta, stacked.variance))
            q, v = (np.array([getattr(f, a) for f in fits[:m]]) for a in ("beta", "variance"))
            pooled = pool(q, v, ratio=1.0)
            note(f"total {m}", pooled.interval())
            note(f"raab {m}", around(pooled.estimate, pooled.raab))
        single = pool(fits[0].beta[None], fits[0].variance[None], ratio=1.0)
        note("one table", single.interval())
    assert 105 < np.mean(events) < 130
    return {name: float(np.mean(shares)) for name, shares in found.items()}


EXPECTED = {"real": 0.95, "naive": 0.85, "stacked 5": 0.58, "stacked 10": 0.45, "one table": 0.95,
            "total 5": 0.954, "total 10": 0.948, "raab 5": 0.954, "raab 10": 0.954}  # fmt: skip


def test_coverage_of_each_way_to_combine_in_short() -> None:
    shares = covered(100, seed=1)
    for name, share in EXPECTED.items():
        # five hardly dependent coefficients in 100 repetitions
        assert shares[name] == pytest.approx(share, abs=0.05), name
    assert shares["naive"] < 0.90 < min(shares[k] for k in ("total 5", "total 10", "raab 10"))


@pytest.mark.slow
def test_coverage_of_each_way_to_combine() -> None:
    shares = covered(400, seed=2)
    for name, share in EXPECTED.items():
        assert shares[name] == pytest.approx(share, abs=0.025), name


def test_variances_of_combined_tables() -> None:
    q = np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]])
    v = np.array([[0.4, 0.1], [0.5, 0.1], [0.6, 0.1]])
    pooled = pool(q, v, ratio=2.0)
    assert pooled.estimate == pytest.approx([2.0, 2.0])
    assert pooled.between == pytest.approx([1.0, 0.0])
    assert pooled.total == pytest.approx([0.5 * 2 + 1 / 3, 0.2])
    assert pooled.raab == pytest.approx([0.5 * (2 + 1 / 3), 0.1 * (2 + 1 / 3)])
    assert pooled.df[0] == pytest.approx(2 * (1 + 1.0 / (1 / 3)) ** 2)
    assert np.isinf(pooled.df[1])
    assert pooled.interval()[0][1] == pytest.approx(2 - 1.96 * np.sqrt(0.2), abs=1e-3)


def test_one_table_alone_has_no_between_variance_and_takes_raabs() -> None:
    pooled = pool(np.array([[1.0]]), np.array([[0.25]]), ratio=1.0)
    assert np.isnan(pooled.between[0]) and pooled.total[0] == pytest.approx(0.5)
    assert pooled.interval()[1][0] == pytest.approx(1 + 1.96 * np.sqrt(0.5), abs=1e-3)


@pytest.mark.parametrize(("m", "mean", "low"), [(1, 0.80, 0.50), (10, 0.94, 0.84)])
def test_the_overlap_reference_is_that_of_the_specification(
    m: int, mean: float, low: float
) -> None:
    reference = overlap_reference(m)
    assert reference.mean == pytest.approx(mean, abs=0.005)
    assert reference.low == pytest.approx(low, abs=0.005)


@pytest.mark.parametrize(("m", "ratio"), [(1, 1.0), (3, 0.5), (10, 2.0)])
def test_the_overlap_reference_is_what_correct_synthesis_gives(m: int, ratio: float) -> None:
    rng = np.random.default_rng(4)
    sets = rng.normal(0, 1 / np.sqrt(ratio), (m, 20_000))
    pooled = pool(sets, np.full(sets.shape, 1 / ratio), ratio)
    zero = np.zeros(20_000)
    overlaps = overlap(around(zero, zero + 1), around(pooled.estimate, pooled.like_real))
    reference = overlap_reference(m, ratio)
    assert overlaps.mean() == pytest.approx(reference.mean, abs=0.005)
    assert np.quantile(overlaps, 0.05) == pytest.approx(reference.low, abs=0.01)
    alone = mean_overlap_low(np.eye(1), m, ratio, rng)
    assert alone == pytest.approx(reference.low, abs=0.02)
    assert mean_overlap_low(np.eye(10), m, ratio, rng) > alone


def test_overlap_of_intervals() -> None:
    real = (np.array([0.0, 0.0, 0.0]), np.array([2.0, 2.0, 2.0]))
    synthetic = (np.array([0.0, 1.0, 4.0]), np.array([2.0, 3.0, 6.0]))
    assert overlap(real, synthetic) == pytest.approx([1.0, 0.5, -1.0])
    assert truncated(overlap(real, synthetic)) == pytest.approx([1.0, 0.5, 0.0])


def test_decisions_agree_only_on_the_same_side() -> None:
    real = (np.array([1.0, 1.0, -1.0, 1.0]), np.array([2.0, 2.0, 1.0, 2.0]))
    synthetic = (np.array([0.5, -2.0, -2.0, -1.0]), np.array([3.0, -1.0, 2.0, 3.0]))
    assert same_decision(real, synthetic).tolist() == [True, False, True, False]


def test_joint_distance_under_correct_synthesis() -> None:
    rng = np.random.default_rng(5)
    root = rng.normal(0, 1, (4, 4))
    covariance = root @ root.T
    draws = rng.multivariate_normal(np.zeros(4), covariance / (5 * 2.0), 4000)
    distances = np.array([joint_distance(d, covariance) for d in draws])
    assert distances.mean() == pytest.approx(1 / (5 * 2.0), rel=0.05)
    p = np.array([joint_p(d, 4, 5, 2.0) for d in distances])
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.015)
