"""Cox regression: Efron's partial likelihood, without a loop over event times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthcraft.tools.inference.models import Fit, in_units
from synthcraft.tools.metrics.columns import Floats, Ints

_STEPS = 30
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class _RiskSets:
    """Rows by falling time, and for each death its tie group and its share l/d in the group."""

    x: Floats
    event: Floats
    group: Ints
    """Of each row: distinct time, latest first."""
    deaths: Ints
    """Of each death: its group."""
    share: Floats


def cox(x: Floats, event: Floats, time: Floats) -> Fit:
    """Newton steps to the maximum of Efron's partial likelihood; log hazard ratios.

    Steps that do not die out mean a monotone likelihood, and the fit is marked.

    Raises:
        DataError: see `in_units`.
    """
    order = np.argsort(-time, kind="stable")
    event = event[order]
    _, group = np.unique(-time[order], return_inverse=True)
    deaths = group[event == 1]
    tied = np.bincount(deaths, minlength=group[-1] + 1)
    first = np.cumsum(tied) - tied
    share = (np.arange(len(deaths)) - first[deaths]) / tied[deaths]
    return in_units(x, lambda z: _newton(_RiskSets(z[order], event, group, deaths, share)))


def _newton(sets: _RiskSets) -> Fit:
    beta = np.zeros(sets.x.shape[1])
    value, gradient, information = _partial(sets, beta)
    converged = False
    for _ in range(_STEPS):
        step = np.linalg.pinv(information) @ gradient
        step /= max(1.0, float(np.abs(step).max()) / 5)
        for _ in range(20):
            after = _partial(sets, beta + step)
            if after[0] >= value - 1e-9 * abs(value):
                break
            step = step / 2
        beta = beta + step
        value, gradient, information = after
        if np.abs(step).max() < _TOLERANCE:
            converged = True
            break
    return Fit(beta, np.linalg.pinv(information), converged)


def _partial(sets: _RiskSets, beta: Floats) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, gradient and information.

    At the l-th of d tied deaths the risk set counts the tied rows with weight 1 - l/d. The second
    moments are summed by row, not by time: row i weighs w_i times the sum over deaths up to its
    time of 1/S0, less its own share among its ties.
    """
    x, event, group = sets.x, sets.event, sets.group
    eta = x @ beta
    w = np.exp(eta - eta.max())
    last = np.flatnonzero(np.diff(group, append=group[-1] + 1))
    sizes = np.diff(last, prepend=-1)
    starts = last + 1 - sizes
    s0, s1 = np.cumsum(w)[last], np.cumsum(w[:, None] * x, axis=0)[last]
    d0 = np.add.reduceat(w * event, starts)
    d1 = np.add.reduceat((w * event)[:, None] * x, starts, axis=0)
    at, share = sets.deaths, sets.share
    total = s0[at] - share * d0[at]
    mean = (s1[at] - share[:, None] * d1[at]) / total[:, None]
    value = float(eta[event == 1].sum() - (np.log(total) + eta.max()).sum())
    gradient = x[event == 1].sum(axis=0) - mean.sum(axis=0)
    per_time = np.bincount(at, 1 / total, minlength=len(last))
    tied = np.bincount(at, share / total, minlength=len(last))
    later = np.cumsum(per_time[::-1])[::-1]  # deaths at the row's time or before
    weight = w * (later[group] - event * tied[group])
    information = x.T @ (x * weight[:, None]) - mean.T @ mean
    return value, gradient, information
