"""U1: does a model trained on the synthetic table work on real people it never saw?"""

from __future__ import annotations

from functools import partial

import numpy as np

from synthcraft.graph.records import Tier
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.learners import (
    Learner,
    Source,
    classes,
    draws,
    outcome,
    predictions,
    scored,
)
from synthcraft.tools.metrics.registry import Compute, metric
from synthcraft.tools.metrics.risk import BOOTSTRAP, FEW_EVENTS
from synthcraft.tools.metrics.scores import interval, weighted_mean
from synthcraft.tools.stats.auc import POWER
from synthcraft.tools.stats.proportions import wilson

_SOURCES: tuple[Source, ...] = ("synthetic", "real")
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
    return [Value(float(values[0]), ci=ci, ci_method=BOOTSTRAP, score=score, message=message)]


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
    few = count < FEW_EVENTS and ci is not None and ci[1] >= 0
    floor = f" Only {count} events in the holdout." if 10 <= count < FEW_EVENTS else ""
    floor = " Fewer than 10 events in the holdout." if count < 10 else floor
    return [
        Value(
            float(paired[0]),
            ci=ci,
            ci_method=f"paired {BOOTSTRAP}",
            mde=POWER * spread,
            at_worst="refer" if few else None,
            message=f"Difference in {measure_name(ctx)}.{floor}",
        )
    ]


def _register(learner: Learner, tier: Tier = "standard") -> None:
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
        needs=("predictable", "rows", "holdout"),
        tier=tier,
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
        needs=("predictable", "rows", "holdout"),
        tier=tier,
        null=0.0,
    )(second)


_register("linear", "quick")
_register("boosting")


@metric(
    "utility.rmse",
    family="utility",
    title="Error of predicted numbers (linear model)",
    explanation="Near A1: predictions are as near to the truth as after real rows.",
    floor="P",
    fresh="T",
    needs=("numbers", "rows", "holdout"),
)
def rmse(ctx: EvalContext) -> list[Value]:
    """Root mean squared error on the holdout, in standard deviations of the training outcome.

    0 is ideal, the mean predictor is near 1; judged by the rise over the real-trained model.
    """
    y = outcome(ctx, ctx.holdout)
    use, spread = ~np.isnan(y), float(np.nanstd(outcome(ctx, ctx.train)))
    if not spread > 0 or not use.any():
        return [Value(None, message="The target does not vary, or is missing in the holdout.")]
    weights = draws(ctx)[:, use]
    values, real = (
        np.sqrt(weighted_mean(np.square(predictions(ctx, "linear", s)[use] - y[use]), weights))
        / spread
        for s in _SOURCES
    )
    rise = values / np.maximum(real, 1e-12) - 1
    unsure = interval(rise)
    return [
        Value(
            float(values[0]),
            ci=interval(values),
            ci_method=BOOTSTRAP,
            score=float(rise[0]),
            at_worst="refer" if unsure is None or unsure[0] <= 0 else None,
            message=f"In units of the target {values[0] * spread:.4g}; trained on real rows "
            f"{real[0] * spread:.4g}.",
        )
    ]


@metric(
    "utility.prevalence_ratio",
    family="utility",
    title="How common the outcome is",
    explanation="Near one: each outcome class is as common as in the real table.",
    direction="target",
    ideal=1.0,
    floor="A3",
    needs=("classes", "rows"),
    tier="quick",
    null=1.0,
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
    low, high = wilson(float(synthetic[chosen]), k)
    share = float(real[chosen])
    return [Value(float(ratio[chosen]), ci=(low / share, high / share), ci_method="Wilson")]


def _shares(y: Floats, size: int) -> Floats:
    known = y[~np.isnan(y)].astype(int)
    return np.bincount(known, minlength=size) / max(len(known), 1)
