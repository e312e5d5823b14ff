"""F9: is the outcome as frequent at each level of risk as in the training rows?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.chance import expected_gap
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.learners import classes, matrix, model, outcome
from synthcraft.tools.metrics.registry import metric

_DECILES = 10


def _risks(ctx: EvalContext, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Predicted and actual outcome (rows x outcomes) of rows whose outcome is known.

    The linear model of the training rows speaks for both tables. One outcome for two classes or
    a number, which is in units of its standard deviation; one for each of several classes.
    """
    y = outcome(ctx, frame)
    known = ~np.isnan(y)
    x, _ = matrix(ctx, frame.loc[known], "linear")
    predicted = model(ctx, "linear", "real")(x) if len(x) else np.empty((0, len(classes(ctx))))
    if ctx.task == "regression":
        spread = float(np.nanstd(outcome(ctx, ctx.train))) or 1.0
        return predicted.reshape(-1, 1), y[known, None] / spread
    events = np.arange(len(classes(ctx)) == 2, len(classes(ctx)))
    return predicted[:, events], (y[known, None] == events).astype(float)


def gaps(real: tuple[Floats, Floats], synthetic: tuple[Floats, Floats]) -> Floats:
    """|difference of mean outcomes| in each tenth of the real predictions, outcomes in rows.

    Less what sampling alone would show, not below 0; NaN where a tenth has no rows.
    """
    return np.asarray([
        _gaps(*(part[:, j] for part in (*real, *synthetic))) for j in range(real[0].shape[1])
    ])  # fmt: skip


def _gaps(risk: Floats, outcome: Floats, other_risk: Floats, other: Floats) -> Floats:
    edges = np.quantile(risk, np.arange(1, _DECILES) / _DECILES)
    n, mean, variance = _moments(np.searchsorted(edges, risk, "right"), outcome)
    k, other_mean, _ = _moments(np.searchsorted(edges, other_risk, "right"), other)
    both = (n > 0) & (k > 0)
    chance = expected_gap(variance, np.maximum(n, 1), np.maximum(k, 1))
    return np.where(both, np.maximum(np.abs(mean - other_mean) - chance, 0.0), np.nan)


def _moments(tenth: Ints, values: Floats) -> tuple[Ints, Floats, Floats]:
    """Rows, mean and variance of each tenth."""
    rows = np.bincount(tenth, minlength=_DECILES)
    sums, squares = (np.bincount(tenth, weights=w, minlength=_DECILES) for w in (values, values**2))
    mean = sums / np.maximum(rows, 1)
    return rows, mean, np.maximum(squares / np.maximum(rows, 1) - mean**2, 0.0)


@metric(
    "fidelity.conditional_outcome",
    family="fidelity",
    title="Outcome at each level of risk",
    explanation="Near zero: people at the same risk have the outcome as often as real people.",
    floor="A4",
    needs=("rows", "target"),
    resamples=10,
)
def conditional_outcome(ctx: EvalContext) -> list[Value]:
    """Mean |P(y | tenth of risk) of S - of T| over tenths of a linear model trained on T, 0 to 1.

    Lower is better; for numbers in standard deviations. What sampling alone would show is taken
    off. Tenths without rows are left out, and counted in the message. Source: evaluation 4.2, F9.
    """
    names = tuple(c.name for c in ctx.features)
    real = ctx.real(("risks", names), lambda: _risks(ctx, ctx.train))
    found = gaps(real, _risks(ctx, ctx.synthetic))
    if not found.size or np.isnan(found).all():
        return [Value(None, message="No row has a known outcome.")]
    empty = int(np.isnan(found).sum())
    message = f"Largest difference {np.nanmax(found):.3f}."
    if empty:
        message += f" {empty} tenths of risk hold no rows."
    return [Value(float(np.nanmean(found)), message=message)]
