"""F5: can a classifier tell synthetic rows from real ones?"""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn.model_selection import StratifiedKFold

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.learners import Learner, boosting, linear
from synthcraft.tools.metrics.mixture import mixture
from synthcraft.tools.metrics.registry import Compute, metric
from synthcraft.tools.metrics.scores import interval, weighted_auc

_FOLDS = 3
_DRAWS = 200


def c2st(learner: Learner, ctx: EvalContext) -> list[Value]:
    """Cross-validated AUC of real (training rows) against synthetic rows, identical rounding.

    0.5 is ideal, 1 means told apart without error; at most 5,000 rows of each.
    Source: evaluation 4.2, F5.
    """
    if min(len(ctx.train), len(ctx.synthetic)) < 10 * _FOLDS:
        return [Value(None, message="Too few rows for cross-validation.")]
    both = mixture(ctx)
    x, y = both.encoded if learner == "linear" else both.plain, both.synthetic
    scores = np.empty(len(y))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=ctx.seed % 2**32)
    for train, test in folds.split(x, y):
        task = "classification"
        model = linear(task) if learner == "linear" else boosting(task, both.nominal, ctx.seed)
        scores[test] = model.fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    weights = np.ones((_DRAWS + 1, len(y)))
    rng = ctx.rng("c2st draws")
    for label in (0, 1):
        rows = np.flatnonzero(y == label)
        weights[1:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), _DRAWS)
    values = weighted_auc(scores, y == 1, weights)
    method = "percentile bootstrap of rows"
    return [Value(float(values[0]), ci=interval(values), ci_method=method)]


def _register(learner: Learner, name: str) -> None:
    compute: Compute = partial(c2st, learner)
    metric(
        f"detectability.c2st_{learner}",
        family="detectability",
        title=f"Telling synthetic from real rows ({name})",
        explanation="Near 0.5: a classifier can only guess which rows are synthetic.",
        ideal=0.5,
        floor="A4",
        needs=("rows",),
        tier="quick",
        null=0.5,
    )(compute)


_register("linear", "logistic regression")
_register("boosting", "gradient boosting")
