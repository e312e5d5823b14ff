"""Scores of predictions under many rows of weights at once; no loop over bootstrap draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.metrics.columns import Floats

Bools = NDArray[np.bool_]
Weights = NDArray[np.floating[Any]]
"""Draws x rows; how often each row counts in each draw."""
_CELLS = 8_000_000
_STEPS = 15


def _blocks(weights: Weights, order: NDArray[np.intp]) -> Iterator[tuple[slice, Floats]]:
    """Weights with reordered rows, a few draws at a time: bounds the memory, not the draws."""
    step = max(1, _CELLS // max(weights.shape[1], 1))
    for begin in range(0, len(weights), step):
        part = slice(begin, begin + step)
        yield part, weights[part][:, order].astype(float)


def _ratio(over: Floats, under: Floats) -> Floats:
    """NaN where there is nothing to divide by."""
    return np.where(under > 0, over / np.where(under > 0, under, 1), np.nan)


def weighted_auc(scores: Floats, positive: Bools, weights: Weights) -> Floats:
    """Mann-Whitney AUC with mid-ranks, 0 to 1; NaN for draws without both outcomes."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf) > 0)
    event = positive[order]
    out = np.empty(len(weights))
    for part, block in _blocks(weights, order):
        events = np.add.reduceat(block * event, starts, axis=1)
        others = np.add.reduceat(block * ~event, starts, axis=1)
        below = np.cumsum(others, axis=1) - others / 2
        out[part] = _ratio((events * below).sum(1), events.sum(1) * others.sum(1))
    return out


def weighted_auprc(scores: Floats, positive: Bools, weights: Weights) -> Floats:
    """Average precision, 0 to 1 (guessing: the prevalence); NaN for draws without events."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf) < 0)
    event = positive[order]
    out = np.empty(len(weights))
    for part, block in _blocks(weights, order):
        events = np.add.reduceat(block * event, starts, axis=1)
        found = np.cumsum(np.add.reduceat(block, starts, axis=1), axis=1)
        precision = np.cumsum(events, axis=1) / np.maximum(found, 1e-12)
        out[part] = _ratio((events * precision).sum(1), events.sum(1))
    return out


def weighted_mean(values: Floats, weights: Weights) -> Floats:
    """Mean over rows; NaN for draws without weight."""
    w = weights.astype(float)
    return _ratio(w @ values, w.sum(1))


def weighted_r2(y: Floats, predicted: Floats, weights: Weights) -> Floats:
    """R2, at most 1 (the mean predictor: 0); NaN for draws where the outcome does not vary."""
    w = weights.astype(float)
    total = w.sum(1)
    mean = w @ y / total
    spread = w @ (y * y) - total * mean**2
    error = w @ (y - predicted) ** 2
    return np.where(spread > 1e-12, 1 - error / np.maximum(spread, 1e-12), np.nan)


def weighted_slope(logit: Floats, event: Floats, weights: Weights) -> Floats:
    """Calibration slope: Newton steps of a logistic regression on the logit, all draws at once.

    NaN where it does not settle: draws without both outcomes, or a logit that does not vary.
    """
    out = np.empty(len(weights))
    for part, w in _blocks(weights, np.arange(len(logit))):
        a, b = np.zeros(len(w)), np.ones(len(w))
        settled = np.zeros(len(w), dtype=bool)
        for _ in range(_STEPS):
            p = 1 / (1 + np.exp(-np.clip(a[:, None] + b[:, None] * logit, -30, 30)))
            left, v = w * (event - p), w * p * (1 - p)
            s0, s1, s2 = (v @ x for x in (np.ones_like(logit), logit, logit**2))
            r0, r1 = left.sum(1), left @ logit
            room = s0 * s2 - s1**2
            known = room > 1e-9 * s0 * s2
            room = np.where(known, room, 1.0)
            da, db = (s2 * r0 - s1 * r1) / room, (s0 * r1 - s1 * r0) / room
            a, b = a + np.clip(da, -2, 2), b + np.clip(db, -2, 2)
            settled = known & (np.abs(da) + np.abs(db) < 1e-4)
        out[part] = np.where(settled, b, np.nan)
    return out


def net_benefit(event: Floats, risk: Floats, threshold: float) -> Floats:
    """Each row's part of the net benefit of treating at a risk threshold; its mean is the benefit.

    A treated event counts 1, a treated non-event minus the odds of the threshold.
    """
    odds = threshold / (1 - threshold)
    return np.where(risk >= threshold, event - (1 - event) * odds, 0.0)


def interval(values: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """Percentile interval of the draws behind the first entry."""
    known = values[1:][~np.isnan(values[1:])]
    if len(known) < 20:
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
