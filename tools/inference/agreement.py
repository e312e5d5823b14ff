"""How near the synthetic coefficients are to the real ones, beside what correct synthesis gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from synthcraft.tools.metrics.columns import Floats

Interval = tuple[Floats, Floats]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Reference:
    """Confidence-interval overlap of one coefficient under correct synthesis."""

    mean: float
    low: float
    """5th centile."""


def overlap(real: Interval, synthetic: Interval) -> Floats:
    """Overlap over each interval's width, averaged: 1 is identical, negative is a gap."""
    shared = np.minimum(real[1], synthetic[1]) - np.maximum(real[0], synthetic[0])
    widths = real[1] - real[0], synthetic[1] - synthetic[0]
    return np.asarray((shared / widths[0] + shared / widths[1]) / 2)


def truncated(overlaps: Floats) -> Floats:
    """Overlap with every gap counted as zero."""
    return np.clip(overlaps, 0.0, None)


def overlap_reference(m: int, ratio: float = 1.0) -> Reference:
    """Mean and 5th centile of the overlap under correct synthesis with equal widths.

    Given the real fit, the mean of m estimates from k rows lies around the real one with
    variance V·n/(k·m); the overlap loses that distance over the width of 3.92 errors.
    """
    spread = 1 / np.sqrt(m * ratio)
    width = 2 * float(norm.ppf(0.975))
    return Reference(
        mean=float(1 - np.sqrt(2 / np.pi) * spread / width),
        low=float(1 - norm.ppf(0.975) * spread / width),
    )


def mean_overlap_low(
    covariance: Floats, m: int, ratio: float, rng: np.random.Generator, draws: int = 4000
) -> float:
    """5th centile of the mean overlap over coefficients, which depends on their correlation."""
    error = np.sqrt(np.diag(covariance))
    root = np.linalg.cholesky(covariance / np.outer(error, error) + 1e-9 * np.eye(len(error)))
    distance = np.abs(rng.standard_normal((draws, len(error))) @ root.T) / np.sqrt(m * ratio)
    mean = 1 - distance.mean(axis=1) / (2 * norm.ppf(0.975))
    return float(np.quantile(mean, 0.05))


def excludes_zero(interval: Interval) -> Booleans:
    """Whether an interval speaks for an effect (an odds ratio other than one)."""
    return (interval[0] > 0) | (interval[1] < 0)


def same_decision(real: Interval, synthetic: Interval) -> Booleans:
    """Both exclude no effect, on the same side; or neither does."""
    one, other = excludes_zero(real), excludes_zero(synthetic)
    return np.asarray((one == other) & (~one | (np.sign(real[0]) == np.sign(synthetic[0]))))


def joint_distance(difference: Floats, covariance: Floats) -> float:
    """d'V⁻¹d/p, V the real model covariance; 0 is identical, 1/(m·k/n) is correct synthesis."""
    return float(difference @ np.linalg.solve(covariance, difference)) / len(difference)


def joint_p(distance: float, terms: int, m: int, ratio: float = 1.0) -> float:
    """Probability of a joint distance this large under correct synthesis."""
    return float(chi2.sf(distance * terms * m * ratio, terms))
