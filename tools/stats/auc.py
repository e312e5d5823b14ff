"""The area under the ROC curve: estimate, standard errors, and what a sample could have shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

POWER = 2.486
"""Standard errors that a one-sided 5 % test sees with power 80 %."""


@dataclass(frozen=True)
class Auc:
    """AUC with mid-ranks (0 to 1, ideal as asked) and its DeLong standard error."""

    value: float
    error: float


def auc(events: Floats, others: Floats) -> Auc:
    """Chance that an event scores higher than another row; ties count half.

    Needs one row on each side; the error of a side with one row is taken as 0.
    Source: DeLong et al. 1988, in the mid-rank form of Sun and Xu 2014.
    """
    m, n = len(events), len(others)
    ranks = rankdata(np.concatenate([events, others]))
    won = (ranks[:m] - rankdata(events)) / n
    lost = (ranks[m:] - rankdata(others)) / m
    parts = [side.var(ddof=1) / len(side) for side in (won, lost) if len(side) > 1]
    return Auc(float(won.mean()), float(np.sqrt(sum(parts))))


def null_error(events: float, others: float) -> float:
    """Standard error of the AUC where scores say nothing (Mann and Whitney)."""
    return float(np.sqrt((events + others + 1) / (12 * events * others)))


def detectable_auc(events: float, others: float) -> float:
    """Smallest AUC that a one-sided 5 % test would see in four of five cases, at most 1.

    Source: evaluation 1.
    """
    return min(1.0, 0.5 + POWER * null_error(events, others))


def sensitivity_at(events: Floats, others: Floats, false_alarms: float) -> float:
    """Share of events found at a threshold that at most this share of the others exceeds."""
    allowed = int(false_alarms * len(others) + 1e-9)
    limit = np.sort(others)[-1 - allowed]
    return float((events > limit).mean())


def advantage(events: Floats, others: Floats) -> float:
    """Largest difference between hits and false alarms over all thresholds, 0 to 1."""
    scores = np.concatenate([events, others])
    order = np.argsort(-scores, kind="stable")
    steps = np.repeat([1 / len(events), -1 / len(others)], [len(events), len(others)])
    gain = np.cumsum(steps[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    return float(max(0.0, gain[last].max()))
