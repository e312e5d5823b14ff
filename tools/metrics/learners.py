"""Models trained on one table and tried on the holdout; scores under many bootstrap draws."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints, level_codes, level_counts, numbers
from synthcraft.tools.metrics.encoder import encoder, plain

Learner = Literal["linear", "boosting"]
_CELLS = 8_000_000


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


def fit_predict(ctx: EvalContext, frame: pd.DataFrame, learner: Learner) -> NDArray[np.float64]:
    """Train on `frame`, predict the holdout: (rows, classes) probabilities or (rows,) numbers.

    A table with one class, or without any varying predictor, yields its own mean or prevalence:
    a class that it lost scores as guessing, it is never dropped from the test.
    """
    y = outcome(ctx, frame)
    known = ~np.isnan(y)
    y, (x, nominal) = y[known], matrix(ctx, frame.loc[known], learner)
    test, _ = matrix(ctx, ctx.holdout, learner)
    constant = not len(y) or bool((np.nanmax(x, 0) == np.nanmin(x, 0)).all())
    if ctx.task == "regression":
        if constant:
            return np.full(len(test), float(y.mean()) if len(y) else 0.0)
        model = linear(ctx.task) if learner == "linear" else boosting(ctx.task, nominal, ctx.seed)
        return np.asarray(model.fit(x, y).predict(test))
    size = len(classes(ctx))
    if constant or len(np.unique(y)) < 2:
        share = np.bincount(y.astype(int), minlength=size) / max(len(y), 1)
        return np.tile(share, (len(test), 1))
    model = linear(ctx.task) if learner == "linear" else boosting(ctx.task, nominal, ctx.seed)
    model.fit(x, y.astype(int))
    out = np.zeros((len(test), size))
    out[:, model.classes_] = model.predict_proba(test)
    return out


def predictions(
    ctx: EvalContext, learner: Learner, source: Literal["real", "synthetic"]
) -> NDArray[np.float64]:
    """Holdout predictions of the model trained on real or on synthetic rows; trained once."""
    if source == "real":
        return ctx.real(
            ("model", learner, tuple(c.name for c in ctx.features)),
            lambda: fit_predict(ctx, ctx.train, learner),
        )
    return ctx.own(("model", learner), lambda: fit_predict(ctx, ctx.synthetic, learner))


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


def weighted_auc(
    scores: Floats, positive: NDArray[np.bool_], weights: NDArray[np.floating[Any]]
) -> Floats:
    """Mann-Whitney AUC with mid-ranks for every row of weights (draws x rows), no loop over draws.

    Draws without both outcomes are NaN.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf) > 0)
    event = positive[order]
    out = np.empty(len(weights))
    step = max(1, _CELLS // max(len(scores), 1))
    for begin in range(0, len(weights), step):  # blocks bound the memory, not the draws
        block = weights[begin : begin + step][:, order].astype(float)
        events = np.add.reduceat(block * event, starts, axis=1)
        others = np.add.reduceat(block * ~event, starts, axis=1)
        below = np.cumsum(others, axis=1) - others / 2
        pairs = events.sum(1) * others.sum(1)
        won = (events * below).sum(1)
        out[begin : begin + step] = np.where(pairs > 0, won / np.where(pairs > 0, pairs, 1), np.nan)
    return out


def weighted_r2(y: Floats, predicted: Floats, weights: NDArray[np.floating[Any]]) -> Floats:
    """R2 for every row of weights."""
    w = weights.astype(float)
    total = w.sum(1)
    mean = w @ y / total
    spread = w @ (y * y) - total * mean**2
    error = w @ (y - predicted) ** 2
    return np.where(spread > 1e-12, 1 - error / np.maximum(spread, 1e-12), np.nan)


def performance(
    ctx: EvalContext, predicted: NDArray[np.float64], rows: NDArray[np.bool_] | None = None
) -> Floats:
    """AUC (mean over classes against the rest) or R2 on the holdout; first entry: no resampling."""
    y = outcome(ctx, ctx.holdout)
    use = ~np.isnan(y) if rows is None else rows & ~np.isnan(y)
    weights, y, predicted = draws(ctx)[:, use], y[use], predicted[use]
    if ctx.task == "regression":
        return weighted_r2(y, predicted, weights)
    codes: Ints = y.astype(np.int64)
    present = np.unique(codes)
    if len(present) < 2:
        return np.full(len(weights), np.nan)
    events = present[1:] if len(classes(ctx)) == 2 else present
    each = [weighted_auc(predicted[:, c], codes == c, weights) for c in events]
    return np.asarray(np.mean(each, axis=0))


def scored(ctx: EvalContext, learner: Learner, source: Literal["real", "synthetic"]) -> Floats:
    """Performance of a learner on the whole holdout under all draws; computed once a table."""
    key = ("performance", learner, tuple(c.name for c in ctx.features))
    keep = ctx.real if source == "real" else ctx.own
    return keep(key, lambda: performance(ctx, predictions(ctx, learner, source)))


def interval(values: Floats) -> tuple[float, float] | None:
    """Percentile interval (95 %) of the draws behind the first entry."""
    known = values[1:][~np.isnan(values[1:])]
    if len(known) < 20:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
