"""U1 in small-event mode: what the procedure of making and learning can do, fold by fold."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from synthcraft.tools.disclosure.rounding import to_five
from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.crossfit import PooledAuc, pooled_auc, standard_error
from synthcraft.tools.metrics.groups import MIN_CELL, STABLE
from synthcraft.tools.metrics.learners import Learner, Source, classes, outcome, predictions
from synthcraft.tools.metrics.registry import Compute, metric
from synthcraft.tools.stats.auc import POWER

_METHOD = "DeLong within folds, people pooled"
_SOURCES: tuple[Source, ...] = ("synthetic", "real")
_NAMES: dict[Learner, str] = {"linear": "linear model", "boosting": "gradient boosting"}


def crossfitted(ctx: EvalContext, learner: Learner, source: Source) -> PooledAuc:
    """AUC_cf of models trained on each fold's synthetic, or real, rows; computed once."""

    def build() -> PooledAuc:
        event_class = classes(ctx)[1]
        parts = [_predicted(ctx, i, event_class, learner, source) for i in range(len(ctx.folds))]
        fold = np.repeat(np.arange(len(parts)), [len(y) for y, _ in parts])
        y, risk = (np.concatenate(column) for column in zip(*parts, strict=True))
        return pooled_auc(risk, y == 1, fold)

    return ctx.own(("crossfit", learner, source), build)


def _predicted(
    ctx: EvalContext, fold: int, event_class: str, learner: Learner, source: Source
) -> tuple[Floats, Floats]:
    """Outcomes (1 is the event) and predicted risks of one fold's people."""

    def build() -> EvalContext:
        part = ctx.folds[fold]
        return replace(
            ctx, train=part.train, holdout=part.held_out, synthetic=part.synthetic, folds=()
        )

    own = ctx.own(("fold", fold), build)
    place = classes(own).index(event_class)
    y = outcome(own, own.holdout)
    use = ~np.isnan(y)
    return (y[use] == place).astype(float), predictions(own, learner, source)[use, place]


def _small(ctx: EvalContext) -> str:
    """Why there are too few people to say anything; empty if there are enough."""
    y = np.concatenate([outcome(ctx, fold.held_out) for fold in ctx.folds])
    if min((y == 0).sum(), (y == 1).sum()) >= MIN_CELL:
        return ""
    return f"Cannot be assessed: under {MIN_CELL} people with one of the outcomes in all."


def procedure(learner: Learner, ctx: EvalContext) -> list[Value]:
    """AUC_cf after learning from synthetic rows: 0 to 1, higher is better, 0.5 is guessing.

    The message has the same after learning from real rows. Source: evaluation 1.
    """
    if reason := _small(ctx):
        return [Value(None, status="suppressed", message=reason)]
    auc, real = (crossfitted(ctx, learner, s) for s in _SOURCES)
    message = (
        f"{_events(auc)} in {len(ctx.folds)} folds; each person is predicted by a model that "
        "learnt from a generator fitted without them. Says what the procedure can do; the "
        f"holdout says it of this file. Trained on real rows: {real.value:.3f}."
    )
    return [Value(auc.value, ci=auc.ci, ci_method=_METHOD, score=auc.ci[0] - 0.5, message=message)]


def procedure_delta(learner: Learner, ctx: EvalContext) -> list[Value]:
    """AUC_cf after synthetic minus after real rows, same people; ideal 0, higher is better."""
    if reason := _small(ctx):
        return [Value(None, status="suppressed", message=reason)]
    synthetic, real = (crossfitted(ctx, learner, s) for s in _SOURCES)
    value = synthetic.value - real.value
    error = standard_error(synthetic.influence - real.influence, synthetic.event)
    ci = value - 1.96 * error, value + 1.96 * error
    few = synthetic.event.sum() < STABLE and ci[1] >= 0
    worst: Status | None = "refer" if few else None
    message = f"Difference in AUC within folds; {_events(synthetic)}."
    return [
        Value(value, ci=ci, ci_method=f"paired {_METHOD}", mde=POWER * error, at_worst=worst,
              message=message)
    ]  # fmt: skip


def _events(auc: PooledAuc) -> str:
    return f"about {to_five(auc.event.sum())} events"


def _register(learner: Learner) -> None:
    name = _NAMES[learner]
    first: Compute = partial(procedure, learner)
    metric(
        f"crossfit.tstr_{learner}",
        family="crossfit",
        title=f"Prediction learnt from synthetic rows, cross-fitted ({name})",
        explanation="Near the real-trained model: the procedure keeps what can be predicted.",
        direction="higher",
        ideal=1.0,
        needs=("binary", "folds"),
    )(first)
    second: Compute = partial(procedure_delta, learner)
    metric(
        f"crossfit.delta_{learner}",
        family="crossfit",
        title=f"Prediction lost against real rows, cross-fitted ({name})",
        explanation="Near zero: nothing is lost by learning from synthetic rows.",
        direction="higher",
        needs=("binary", "folds"),
        null=0.0,
    )(second)


_register("linear")
_register("boosting")
