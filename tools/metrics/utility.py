"""U1, U2: does a model trained on the synthetic table work on real people it never saw?"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import norm

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.learners import (
    Learner,
    classes,
    outcome,
    predictions,
    scored,
)
from synthcraft.tools.metrics.registry import Compute, metric
from synthcraft.tools.metrics.scores import interval

_METHOD = "percentile bootstrap of holdout rows"
_EVENTS = 50
_NAMES: dict[Learner, str] = {"linear": "linear model", "boosting": "gradient boosting"}


def measure_name(ctx: EvalContext) -> str:
    """What `performance` is called for this target."""
    if ctx.task == "regression":
        return "R2"
    return "AUC" if len(classes(ctx)) == 2 else "mean one-against-rest AUC"


def events(ctx: EvalContext) -> int:
    """Holdout rows of the rarest class (or all rows of a numeric target)."""
    y = outcome(ctx, ctx.holdout)
    y = y[~np.isnan(y)]
    if ctx.task == "regression":
        return len(y)
    return int(np.bincount(y.astype(int), minlength=len(classes(ctx))).min())


def tstr(learner: Learner, ctx: EvalContext) -> list[Value]:
    """Performance on the holdout of the model trained on synthetic rows.

    AUC 0 to 1 or R2, higher is better; A1 is the same model trained on the real rows and tested
    on the same holdout rows (TRTR). Source: evaluation P3.
    """
    values = scored(ctx, learner, "synthetic")
    if np.isnan(values[0]):
        return [Value(None, message="The holdout has rows of one class only.")]
    real = scored(ctx, learner, "real")[0]
    message = f"{measure_name(ctx)}; trained on real rows: {real:.3f}."
    guessing = 0.0 if ctx.task == "regression" else 0.5
    ci = interval(values)
    score = None if ci is None else ci[0] - guessing
    return [Value(float(values[0]), ci=ci, ci_method=_METHOD, score=score, message=message)]


def delta(learner: Learner, ctx: EvalContext) -> list[Value]:
    """TSTR minus TRTR on the same holdout rows, with the same bootstrap draws for both.

    Ideal 0, higher is better. With under 50 events a gap that cannot be excluded is referred,
    not failed, unless the whole interval lies below zero.
    """
    paired = scored(ctx, learner, "synthetic") - scored(ctx, learner, "real")
    if np.isnan(paired[0]):
        return [Value(None, message="The holdout has rows of one class only.")]
    ci, count = interval(paired), events(ctx)
    spread = float(np.nanstd(paired[1:])) if len(paired) > 2 else 0.0
    few = count < _EVENTS and ci is not None and ci[1] >= 0
    floor = f" Only {count} events in the holdout." if 10 <= count < _EVENTS else ""
    floor = " Fewer than 10 events in the holdout." if count < 10 else floor
    return [
        Value(
            float(paired[0]),
            ci=ci,
            ci_method=f"paired {_METHOD}",
            mde=2.486 * spread,
            at_worst="refer" if few else None,
            message=f"Difference in {measure_name(ctx)}.{floor}",
        )
    ]


def _register(learner: Learner) -> None:
    name = _NAMES[learner]
    first: Compute = partial(tstr, learner)
    metric(
        f"utility.tstr_{learner}",
        family="utility",
        title=f"Prediction learnt from synthetic rows ({name})",
        explanation="Near A1: as good on unseen real people as the model trained on real rows.",
        direction="higher",
        ideal=1.0,
        floor="P",
        fresh="T",
        needs=("target", "rows", "holdout"),
    )(first)
    second: Compute = partial(delta, learner)
    metric(
        f"utility.delta_{learner}",
        family="utility",
        title=f"Prediction lost against real rows ({name})",
        explanation="Near zero: nothing is lost by learning from synthetic rows.",
        direction="higher",
        floor="P",
        fresh="T",
        needs=("target", "rows", "holdout"),
    )(second)


_register("linear")
_register("boosting")


@metric(
    "utility.prevalence_ratio",
    family="utility",
    title="How common the outcome is",
    explanation="Near one: each outcome class is as common as in the real table.",
    direction="target",
    ideal=1.0,
    floor="A3",
    needs=("classes", "rows"),
)
def prevalence_ratio(ctx: EvalContext) -> list[Value]:
    """Share of a class in the synthetic rows over its share in the training rows.

    The event class of two, else the class that is furthest off; Wilson interval of the synthetic
    share with the training share as a fixed target. Source: evaluation P1.
    """
    size = len(classes(ctx))
    real = _shares(outcome(ctx, ctx.train), size)
    y = outcome(ctx, ctx.synthetic)
    synthetic, k = _shares(y, size), int((~np.isnan(y)).sum())
    if not k or size < 2:
        return [Value(None, message="There are not two classes to compare.")]
    ratio = synthetic / real
    chosen = 1 if size == 2 else int(np.argmax(np.abs(np.log(np.maximum(ratio, 1e-6)))))
    low, high = _wilson(float(synthetic[chosen]), k)
    share = float(real[chosen])
    return [Value(float(ratio[chosen]), ci=(low / share, high / share), ci_method="Wilson")]


def _shares(y: Floats, size: int) -> Floats:
    known = y[~np.isnan(y)].astype(int)
    return np.bincount(known, minlength=size) / max(len(known), 1)


def _wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


@metric(
    "utility.calibration_slope",
    family="utility",
    title="Calibration of the synthetic-trained model",
    explanation="Near one: predicted risks are neither too extreme nor too timid.",
    direction="target",
    ideal=1.0,
    floor="P",  # a constant risk has no slope: the column stays empty
    fresh="T",
    needs=("binary", "rows", "holdout"),
)
def calibration_slope(ctx: EvalContext) -> list[Value]:
    """Slope of a logistic regression of the holdout outcome on the logit of the predicted risk.

    Linear model trained on synthetic rows; Wald interval. 1 is ideal, below 1 is overconfident.
    """
    y = outcome(ctx, ctx.holdout)
    use = ~np.isnan(y)
    risk = np.clip(predictions(ctx, "linear", "synthetic")[use, 1], 1e-6, 1 - 1e-6)
    logit = np.log(risk / (1 - risk))
    if np.ptp(logit) < 1e-9 or len(np.unique(y[use])) < 2:
        return [Value(None, message="The predicted risk does not vary, or one class is absent.")]
    slope, error = _logistic_slope(logit, y[use])
    real = np.clip(predictions(ctx, "linear", "real")[use, 1], 1e-6, 1 - 1e-6)
    reference, _ = _logistic_slope(np.log(real / (1 - real)), y[use])
    half = float(norm.ppf(0.975)) * error
    few = events(ctx) < _EVENTS and slope - half <= 1.0 <= slope + half
    return [
        Value(
            slope,
            ci=(slope - half, slope + half),
            ci_method="Wald",
            at_worst="refer" if few else None,
            message=f"The model trained on real rows: {reference:.2f}.",
        )
    ]


def _logistic_slope(x: Floats, y: Floats) -> tuple[float, float]:
    """Newton steps of a two-parameter logistic regression; slope and its standard error."""
    design = np.column_stack([np.ones_like(x), x])
    beta = np.array([0.0, 1.0])
    information = np.eye(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = design.T @ (design * (p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(information, design.T @ (y - p))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return float(beta[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))
