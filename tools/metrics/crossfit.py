"""Small-event mode: the AUC of predictions that were made fold by fold.

The generator is fitted anew without each fold, a model learns from its synthetic rows, and
predicts the real fold. So every event is used once, and no row was seen by the generator behind
its own prediction. This certifies the procedure; the holdout certifies the one file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.scores import Bools


@dataclass(frozen=True)
class Fold:
    """The rows a generator was fitted on, the real rows kept from it, and what it made."""

    train: pd.DataFrame
    held_out: pd.DataFrame
    synthetic: pd.DataFrame


@dataclass(frozen=True)
class PooledAuc:
    """Concordant pairs over all pairs, counted within folds only.

    Attributes:
        value: 0 to 1; NaN where no fold has both outcomes.
        influence: how far each row pulls the value; 0 in folds that have one outcome only.
        event: which rows are events.
    """

    value: float
    influence: Floats
    event: Bools

    @property
    def error(self) -> float:
        """Standard error over people, all folds together."""
        return standard_error(self.influence, self.event)

    @property
    def ci(self) -> tuple[float, float]:
        """95 % interval, made on the logit scale so that it stays within 0 and 1."""
        inside = float(np.clip(self.value, 1e-6, 1 - 1e-6))
        middle = np.log(inside / (1 - inside))
        half = 1.96 * self.error / (inside * (1 - inside))
        low, high = (1 / (1 + np.exp(-np.clip(middle + side * half, -30, 30))) for side in (-1, 1))
        return float(low), float(high)


def standard_error(influence: Floats, event: Bools) -> float:
    """DeLong's variance of a sum over independent events and other rows, as an error."""
    variance = 0.0
    for side in (influence[event], influence[~event]):
        counted = int((side != 0).sum())
        if counted > 1:
            variance += float((side**2).sum()) * counted / (counted - 1)
    return float(np.sqrt(variance))


def pooled_auc(scores: Floats, event: Bools, fold: Ints) -> PooledAuc:
    """AUC over pairs of the same fold; scores of different models are never compared.

    Ties count half. Source: evaluation 1, small-event mode.
    """
    won, against = np.zeros(len(scores)), np.zeros(len(scores))
    for k in np.unique(fold):
        rows = np.flatnonzero(fold == k)
        events, others = rows[event[rows]], rows[~event[rows]]
        ranks = pd.Series(rankdata(scores[rows]), index=rows)
        won[events] = ranks[events] - rankdata(scores[events])
        won[others] = len(events) - (ranks[others] - rankdata(scores[others]))
        against[events], against[others] = len(others), len(events)
    pairs = float(against[event].sum())
    if not pairs:
        return PooledAuc(float("nan"), np.zeros(len(scores)), event)
    value = float(won[event].sum()) / pairs
    return PooledAuc(value, (won - value * against) / pairs, event)
