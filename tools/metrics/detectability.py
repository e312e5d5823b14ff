"""F5: can a classifier tell synthetic rows from real ones?"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.metrics.encoder import encoder, plain
from synthcraft.tools.metrics.learners import Learner, boosting, linear
from synthcraft.tools.metrics.registry import Compute, metric
from synthcraft.tools.metrics.scores import interval, weighted_auc
from synthcraft.tools.table_schema import Column

_ROWS = 5000
_FOLDS = 3
_DRAWS = 200


def rounded(ctx: EvalContext, frame: pd.DataFrame) -> pd.DataFrame:
    """The same rounding for both tables: else decimals alone would give a row away."""
    out: dict[str, Any] = {}
    for column in ctx.columns:
        series = frame[column.name]
        out[column.name] = _round(ctx, column, series) if is_number(column) else series
    return pd.DataFrame(out, index=frame.index)


def _round(ctx: EvalContext, column: Column, series: pd.Series[Any]) -> Floats:
    values = numbers(series)
    if column.kind == "integer":
        return np.round(values)
    if column.decimals is not None and column.kind == "numeric":
        return np.round(values, column.decimals)
    # no declared decimals: a grid of a thousand steps over the middle of the real values
    real = ctx.real(("numbers", column.name), lambda: numbers(ctx.train[column.name]))
    if np.isnan(real).all():
        return values
    low, high = np.nanquantile(real, [0.05, 0.95])
    step = max((high - low) / 1000, 1e-12)
    return np.asarray(np.round((values - low) / step) * step + low)


def _some(ctx: EvalContext, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    if len(frame) <= _ROWS:
        return frame
    return frame.iloc[ctx.rng(f"c2st {name}").choice(len(frame), _ROWS, replace=False)]


def c2st(learner: Learner, ctx: EvalContext) -> list[Value]:
    """Cross-validated AUC of real (training rows) against synthetic rows, identical rounding.

    0.5 is ideal, 1 means told apart without error; at most 5,000 rows of each. Rows are put in
    an order of their content first, so the folds do not depend on how the file was sorted.
    """
    real = rounded(ctx, _some(ctx, ctx.train, "real"))
    synthetic = rounded(ctx, _some(ctx, ctx.synthetic, "synthetic"))
    both = pd.concat([real, synthetic], ignore_index=True)
    y = np.repeat([0, 1], [len(real), len(synthetic)])
    if min(len(real), len(synthetic)) < 10 * _FOLDS:
        return [Value(None, message="Too few rows for cross-validation.")]
    encoded = encoder(ctx, ctx.columns).transform(both)
    x, nominal = (encoded, []) if learner == "linear" else plain(ctx, both, ctx.columns)
    order = np.lexsort((*encoded.T, y))
    x, y = x[order], y[order]
    scores = np.empty(len(y))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=ctx.seed % 2**32)
    for train, test in folds.split(x, y):
        task = "classification"
        model = linear(task) if learner == "linear" else boosting(task, nominal, ctx.seed)
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
    )(compute)


_register("linear", "logistic regression")
_register("boosting", "gradient boosting")
