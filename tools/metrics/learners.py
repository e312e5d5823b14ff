"""Models trained on one table and tried on the holdout, scored under many bootstrap draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints, level_codes, level_counts, numbers
from synthcraft.tools.metrics.encoder import encoder, plain
from synthcraft.tools.metrics.scores import Bools, Weights, weighted_auc, weighted_r2

Learner = Literal["linear", "boosting"]
Source = Literal["real", "synthetic"]
Model = Callable[[Floats], NDArray[np.float64]]
"""From encoded rows to probabilities (rows, classes) or numbers (rows,)."""


def classes(ctx: EvalContext) -> tuple[str, ...]:
    """Target classes of the training rows, most frequent first; of two, the second is the event."""
    counts = level_counts(ctx.train[str(ctx.target)])
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))


def outcome(ctx: EvalContext, frame: pd.DataFrame) -> Floats:
    """Class codes or numbers of the target; missing and unknown classes are NaN."""
    series = frame[str(ctx.target)]
    if ctx.task == "regression":
        return numbers(series)
    levels = classes(ctx)
    codes = level_codes(series, levels).astype(float)
    return np.where(codes < len(levels), codes, np.nan)


def matrix(ctx: EvalContext, frame: pd.DataFrame, learner: Learner) -> tuple[Floats, list[int]]:
    """Features in the form that a learner wants, and its nominal columns."""
    if learner == "linear":
        return encoder(ctx, ctx.features).transform(frame), []
    return plain(ctx, frame, ctx.features)


def boosting(task: str, nominal: list[int], seed: int) -> Any:
    """The small, fixed gradient boosting that all comparisons use; never tuned on the holdout."""
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return kind(
        max_iter=60, learning_rate=0.08, max_leaf_nodes=8, min_samples_leaf=20,
        l2_regularization=1.0, categorical_features=nominal or None, early_stopping=False,
        random_state=seed,
    )  # fmt: skip


def linear(task: str) -> Any:
    """Ridge or logistic regression with a weak penalty."""
    return Ridge(alpha=1.0) if task == "regression" else LogisticRegression(C=1.0, max_iter=500)


def fit(
    ctx: EvalContext, frame: pd.DataFrame, learner: Learner, weights: Floats | None = None
) -> Model:
    """A model of the target, trained on `frame` with a weight for each row if given.

    A table with one class, or without any varying predictor, yields its own mean or prevalence:
    a class that it lost scores as guessing, it is never dropped from the test.
    """
    y = outcome(ctx, frame)
    known = ~np.isnan(y)
    w = None if weights is None else weights[known]
    y, (x, nominal) = y[known], matrix(ctx, frame.loc[known], learner)
    constant = not len(y) or bool((np.nanmax(x, 0) == np.nanmin(x, 0)).all())
    if ctx.task == "regression" and constant:
        mean = float(np.average(y, weights=w)) if len(y) else 0.0
        return lambda rows: np.full(len(rows), mean)
    size = len(classes(ctx))
    if ctx.task != "regression" and (constant or len(np.unique(y)) < 2):
        counts = np.bincount(y.astype(int), weights=w, minlength=size)
        return lambda rows: np.tile(counts / max(counts.sum(), 1e-12), (len(rows), 1))
    model = linear(ctx.task) if learner == "linear" else boosting(ctx.task, nominal, ctx.seed)
    if ctx.task == "regression":
        model.fit(x, y, sample_weight=w)
        return lambda rows: np.asarray(model.predict(rows))
    model.fit(x, y.astype(int), sample_weight=w)
    return lambda rows: _spread(model.predict_proba(rows), model.classes_, size)


def _spread(shares: NDArray[np.float64], found: Ints, size: int) -> NDArray[np.float64]:
    """Probabilities of the classes that were found in their places among all classes."""
    out = np.zeros((len(shares), size))
    out[:, found] = shares
    return out


def model(ctx: EvalContext, learner: Learner, source: Source) -> Model:
    """The model trained on real or on synthetic rows; trained once."""
    if source == "real":
        names = tuple(c.name for c in ctx.features)
        return ctx.real(("model", learner, names), lambda: fit(ctx, ctx.train, learner))
    return ctx.own(("model", learner), lambda: fit(ctx, ctx.synthetic, learner))


def tested(ctx: EvalContext, learner: Learner) -> Floats:
    """The holdout's features as the learner wants them."""
    names = tuple(c.name for c in ctx.features)
    return ctx.real(("tested", learner, names), lambda: matrix(ctx, ctx.holdout, learner)[0])


def predictions(ctx: EvalContext, learner: Learner, source: Source) -> NDArray[np.float64]:
    """Holdout predictions, (rows, classes) probabilities or (rows,) numbers; made once."""

    def build() -> NDArray[np.float64]:
        return model(ctx, learner, source)(tested(ctx, learner))

    key = ("predictions", learner, tuple(c.name for c in ctx.features))
    return ctx.real(key, build) if source == "real" else ctx.own(key, build)


def draws(ctx: EvalContext) -> NDArray[np.float32]:
    """Bootstrap weights (draws x holdout rows), resampled within classes; row 0 is all ones."""

    def build() -> NDArray[np.float32]:
        y, rng = outcome(ctx, ctx.holdout), ctx.rng("bootstrap")
        strata = np.zeros(len(y)) if ctx.task == "regression" else np.where(np.isnan(y), -1, y)
        weights = np.ones((ctx.bootstrap + 1, len(y)), dtype=np.float32)
        for value in np.unique(strata):
            rows = np.flatnonzero(strata == value)
            share = np.full(len(rows), 1 / len(rows))
            weights[1:, rows] = rng.multinomial(len(rows), share, size=ctx.bootstrap)
        return weights

    return ctx.real("draws", build)


def performance(
    ctx: EvalContext, y: Floats, predicted: NDArray[np.float64], weights: Weights
) -> Floats:
    """AUC (mean over classes against the rest) or R2 for every row of weights.

    Rows with an unknown outcome are left out; NaN where there is one class only.
    """
    use = ~np.isnan(y)
    y, predicted, weights = y[use], predicted[use], weights[:, use]
    if ctx.task == "regression":
        return weighted_r2(y, predicted, weights)
    codes: Ints = y.astype(np.int64)
    present = np.unique(codes)
    if len(present) < 2:
        return np.full(len(weights), np.nan)
    events = present[1:] if len(classes(ctx)) == 2 else present
    each = [weighted_auc(predicted[:, c], codes == c, weights) for c in events]
    return np.asarray(np.mean(each, axis=0))


def scored(ctx: EvalContext, learner: Learner, source: Source, rows: Bools | None = None) -> Floats:
    """Performance on the holdout, or on a group of its rows, under all draws.

    First entry: no resampling. On the whole holdout it is computed once a table.
    """
    predicted, y = predictions(ctx, learner, source), outcome(ctx, ctx.holdout)
    if rows is not None:
        return performance(ctx, y[rows], predicted[rows], draws(ctx)[:, rows])
    key = ("performance", learner, tuple(c.name for c in ctx.features))
    keep = ctx.real if source == "real" else ctx.own
    return keep(key, lambda: performance(ctx, y, predicted, draws(ctx)))
