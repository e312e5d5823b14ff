"""U4: does a model learnt from synthetic rows rely on the same columns?"""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau, spearmanr

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.learners import Source, model, outcome, performance, tested
from synthcraft.tools.metrics.registry import metric

_REPEATS, _PREDICTIONS = 5, 200
_MOST_ROWS = 2000
_LEAST = 3


def importances(ctx: EvalContext, source: Source) -> Floats:
    """Performance that boosting loses on the holdout when a column is permuted."""

    def build() -> Floats:
        learnt, rows = model(ctx, "boosting", source), tested(ctx, "boosting")
        rng, columns = ctx.rng("permutation importance"), range(rows.shape[1])
        some = rng.permutation(len(rows))[:_MOST_ROWS]
        repeats = int(np.clip(_PREDICTIONS // rows.shape[1], 1, _REPEATS))
        orders = np.array([rng.permutation(len(some)) for _ in range(repeats)])
        y, once = outcome(ctx, ctx.holdout)[some], np.ones((1, len(some)))

        def score(predicted: Floats) -> float:
            return float(performance(ctx, y, predicted, once)[0])

        whole = score(learnt(rows[some]))
        left = [
            [score(each) for each in np.split(learnt(_permuted(rows[some], orders, j)), repeats)]
            for j in columns
        ]
        return np.asarray(np.round(whole - np.mean(left, axis=1), 4))

    key = ("importances", tuple(c.name for c in ctx.features))
    return ctx.real(key, build) if source == "real" else ctx.own(key, build)


def _permuted(rows: Floats, orders: Ints, column: int) -> Floats:
    """The rows once for each order, stacked, with one column in that order."""
    out = np.tile(rows, (len(orders), 1))
    out[:, column] = rows[orders.ravel(), column]
    return out


@metric(
    "utility.feature_ranking",
    family="utility",
    title="Which columns matter for prediction",
    explanation="Near one: the same columns matter as in a model trained on real rows.",
    direction="higher",
    ideal=1.0,
    floor="A4",
    fresh="T",
    needs=("predictable", "rows", "holdout", "both outcomes"),
)
def feature_ranking(ctx: EvalContext) -> list[Value]:
    """Spearman correlation of permutation importances, synthetic- against real-trained boosting.

    -1 to 1, higher is better; Kendall's tau in the message. A2 shows what a resample of the real
    rows would reach: columns that hardly matter are ranked by chance. Source: evaluation U4.
    """
    synthetic, real = importances(ctx, "synthetic"), importances(ctx, "real")
    if len(real) < _LEAST:
        return [Value(None, message=f"Under {_LEAST} predictors: there is no ranking.")]
    if np.ptp(real) == 0:
        return [Value(None, message="No column matters in the model trained on real rows.")]
    if np.ptp(synthetic) == 0:
        return [Value(0.0, message="No column matters in the model trained on synthetic rows.")]
    rho, tau = spearmanr(synthetic, real).statistic, kendalltau(synthetic, real).statistic
    top = ctx.features[int(np.argmax(real))].name
    place = int((synthetic > synthetic[int(np.argmax(real))]).sum()) + 1
    message = f"Kendall's tau {tau:.2f}. {top} matters most after real rows; here it ranks {place}."
    return [Value(float(rho), message=message)]
