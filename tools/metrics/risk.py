"""U2: are the risks right that a model learnt from synthetic rows predicts for real people?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.learners import outcome, predictions
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.scores import (
    Bools,
    Weights,
    interval,
    net_benefit,
    weighted_auprc,
    weighted_mean,
)

BOOTSTRAP = "percentile bootstrap of holdout rows"
FEW_EVENTS = 50
_NEEDS = ("binary", "rows", "holdout", "both outcomes")


@dataclass(frozen=True)
class Risks:
    """Holdout rows with a known outcome, and the event risks that the linear models predict."""

    event: Floats
    synthetic: Floats
    real: Floats
    weights: Weights

    @property
    def few(self) -> bool:
        """Whether an interval that reaches the ideal should not fail a file."""
        return bool(min(self.event.sum(), (1 - self.event).sum()) < FEW_EVENTS)


def risks(ctx: EvalContext) -> Risks:
    """Risks by the model trained on synthetic and by the one trained on real rows."""
    y = outcome(ctx, ctx.holdout)
    use = ~np.isnan(y)
    synthetic, real = (predictions(ctx, "linear", s)[use, 1] for s in ("synthetic", "real"))
    return Risks(y[use], synthetic, real, _draws(ctx)[:, use])


def _draws(ctx: EvalContext) -> Weights:
    """Bootstrap weights (draws x holdout rows), not within classes; row 0 is all ones.

    How many events there are is part of what calibration compares.
    """

    def build() -> Weights:
        n, rng = len(ctx.holdout), ctx.rng("plain bootstrap")
        weights = np.ones((ctx.bootstrap + 1, n), dtype=np.float32)
        weights[1:] = rng.multinomial(n, np.full(n, 1 / n), size=ctx.bootstrap)
        return weights

    return ctx.real("plain draws", build)


def risk_threshold(ctx: EvalContext) -> float:
    """The stated threshold, or the prevalence among the training rows."""
    if ctx.risk_threshold is not None:
        return ctx.risk_threshold
    return float(np.nanmean(outcome(ctx, ctx.train)))


def _reaches(ci: tuple[float, float] | None, ideal: float) -> bool:
    return ci is None or ci[0] <= ideal <= ci[1]


@metric(
    "utility.auprc",
    family="utility",
    title="Precision over recall (linear model)",
    explanation="Near A1: finds the rare outcome as well as the model trained on real rows.",
    direction="higher",
    ideal=1.0,
    floor="P",
    fresh="T",
    needs=_NEEDS,
)
def auprc(ctx: EvalContext) -> list[Value]:
    """Average precision of the synthetic-trained linear model on the holdout.

    0 to 1, higher is better; guessing gives the prevalence. Source: evaluation P3.
    """
    known = risks(ctx)
    values = weighted_auprc(known.synthetic, known.event == 1, known.weights)
    ci, prevalence = interval(values), float(known.event.mean())
    score = None if ci is None else ci[0] - prevalence
    real = weighted_auprc(known.real, known.event == 1, known.weights[:1])[0]
    message = f"Trained on real rows: {real:.3f}; guessing: {prevalence:.3f}."
    return [Value(float(values[0]), ci=ci, ci_method=BOOTSTRAP, score=score, message=message)]


@metric(
    "utility.brier",
    family="utility",
    title="Error of predicted risks (Brier score)",
    explanation="Near A1: predicted risks are as near to the outcomes as after real rows.",
    floor="P",
    fresh="T",
    needs=_NEEDS,
)
def brier(ctx: EvalContext) -> list[Value]:
    """Mean squared difference of predicted risk and outcome on the holdout.

    0 to 1, lower is better; judged by the rise over the model trained on real rows.
    """
    known = risks(ctx)
    values, real = (
        weighted_mean((risk - known.event) ** 2, known.weights)
        for risk in (known.synthetic, known.real)
    )
    rise = values / real - 1
    return [
        Value(
            float(values[0]),
            ci=interval(values),
            ci_method=BOOTSTRAP,
            score=float(rise[0]),
            at_worst="refer" if _reaches(interval(rise), 0.0) else None,
            message=f"Trained on real rows: {real[0]:.4f}; {100 * rise[0]:+.1f} %.",
        )
    ]


@metric(
    "utility.observed_expected",
    family="utility",
    title="Observed over expected events",
    explanation="Near one: as many events happen as the model predicts in all.",
    direction="target",
    ideal=1.0,
    floor="C",
    fresh="T",
    needs=_NEEDS,
)
def observed_expected(ctx: EvalContext) -> list[Value]:
    """Events in the holdout over the sum of predicted risks; above 1 the model predicts too few."""
    known = risks(ctx)
    values = observed_over_expected(known, known.synthetic)
    real = observed_over_expected(known, known.real)
    ci = interval(values)
    return [
        Value(
            float(values[0]),
            ci=ci,
            ci_method=BOOTSTRAP,
            at_worst="refer" if known.few and _reaches(ci, 1.0) else None,
            message=f"The model trained on real rows: {real[0]:.2f}.",
        )
    ]


def observed_over_expected(known: Risks, risk: Floats, rows: Bools | None = None) -> Floats:
    """Events over summed risks under all draws, in a group or in all; half a case is the least."""
    use = np.ones(len(risk), dtype=bool) if rows is None else rows
    weights = known.weights[:, use]
    expected = np.maximum(weighted_mean(risk[use], weights), 0.5 / use.sum())
    return np.asarray(weighted_mean(known.event[use], weights) / expected)


@metric(
    "utility.calibration_in_the_large",
    family="utility",
    title="Calibration in the large",
    explanation="Near zero: predicted risks are neither too high nor too low on the whole.",
    direction="target",
    ideal=0.0,
    floor="C",
    fresh="T",
    needs=_NEEDS,
)
def calibration_in_the_large(ctx: EvalContext) -> list[Value]:
    """Intercept of a logistic regression of the outcome with the logit of the risk as offset.

    Log odds, 0 is ideal, above 0 the model predicts too little; Wald interval.
    """
    known = risks(ctx)
    ones = np.ones((len(known.event), 1))
    value, error = (x[0] for x in _logistic(ones, _logit(known.synthetic), known.event))
    reference = _logistic(ones, _logit(known.real), known.event)[0][0]
    return [_wald(value, error, 0.0, known, f"The model trained on real rows: {reference:.2f}.")]


@metric(
    "utility.calibration_slope",
    family="utility",
    title="Calibration of the synthetic-trained model",
    explanation="Near one: predicted risks are neither too extreme nor too timid.",
    direction="target",
    ideal=1.0,
    floor="P",  # a constant risk has no slope: the column stays empty
    fresh="T",
    needs=_NEEDS,
    null=1.0,
)
def calibration_slope(ctx: EvalContext) -> list[Value]:
    """Slope of a logistic regression of the holdout outcome on the logit of the predicted risk.

    Linear model trained on synthetic rows; Wald interval. 1 is ideal, below 1 is overconfident.
    """
    known = risks(ctx)
    logit = _logit(known.synthetic)
    if np.ptp(logit) < 1e-9:
        return [Value(None, message="The predicted risk does not vary.")]
    value, error = slope(known.synthetic, known.event)
    reference = slope(known.real, known.event)[0]
    return [_wald(value, error, 1.0, known, f"The model trained on real rows: {reference:.2f}.")]


def slope(risk: Floats, event: Floats) -> tuple[float, float]:
    """Calibration slope and its standard error."""
    logit = _logit(risk)
    value, error = _logistic(np.column_stack([logit, np.ones_like(logit)]), 0 * logit, event)
    return value[0], error[0]


def _wald(value: float, error: float, ideal: float, known: Risks, message: str) -> Value:
    ci = (value - 1.96 * error, value + 1.96 * error)
    few = known.few and _reaches(ci, ideal)
    worst: Status | None = "refer" if few else None
    return Value(value, ci=ci, ci_method="Wald", at_worst=worst, message=message)


def _logit(risk: Floats) -> Floats:
    inside = np.clip(risk, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def _logistic(design: Floats, offset: Floats, y: Floats) -> tuple[list[float], list[float]]:
    """Newton steps of a logistic regression: coefficients and their standard errors."""
    beta = np.zeros(design.shape[1])
    information = np.eye(len(beta))
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(offset + design @ beta, -30, 30)))
        information = design.T @ (design * (p * (1 - p))[:, None]) + 1e-9 * np.eye(len(beta))
        step = np.linalg.solve(information, design.T @ (y - p))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return beta.tolist(), np.sqrt(np.diag(np.linalg.inv(information))).tolist()


@metric(
    "utility.net_benefit",
    family="utility",
    title="Net benefit of acting on the predictions",
    explanation="Near A1: acting on the predictions helps as many people, harm counted.",
    direction="higher",
    ideal=None,
    floor="P",
    fresh="T",
    needs=_NEEDS,
)
def benefit(ctx: EvalContext) -> list[Value]:
    """Net benefit of treating from the stated risk on, in events per person; higher is better.

    At most the prevalence. Judged against the better of treating everybody and nobody, which need
    no model. Source: evaluation P3.
    """
    known, at = risks(ctx), risk_threshold(ctx)
    if not 0 < at < 1:
        return [Value(None, message="The threshold must lie between 0 and 1.")]
    values = weighted_mean(net_benefit(known.event, known.synthetic, at), known.weights)
    real = net_benefit(known.event, known.real, at).mean()
    everybody = float(net_benefit(known.event, np.ones_like(known.event), at).mean())
    ci = interval(values)
    stated = "as stated" if ctx.risk_threshold is not None else "the prevalence; none was stated"
    return [
        Value(
            float(values[0]),
            ci=ci,
            ci_method=BOOTSTRAP,
            score=float(values[0]) - max(everybody, 0.0),
            message=f"Treated from a risk of {at:.3f} on ({stated}). Trained on real rows: "
            f"{real:.4f}; treating everybody: {everybody:.4f}.",
        )
    ]
