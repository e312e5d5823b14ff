"""Groups together: how far they lie apart, and what each looks like when they lend strength."""

from __future__ import annotations

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.groups import shown
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.scores import interval
from synthcraft.tools.metrics.subgroup import (
    MARGIN,
    NEEDS,
    PAIRED,
    GroupScore,
    group_scores,
    highest,
    unassessed,
    with_worst,
)
from synthcraft.tools.stats.auc import POWER


def _by_column(ctx: EvalContext) -> dict[str, list[GroupScore]]:
    found: dict[str, list[GroupScore]] = {}
    for score in group_scores(ctx):
        found.setdefault(score.column, []).append(score)
    return found


@metric(
    "subgroup.spread",
    family="subgroup",
    title="How unevenly groups lose",
    explanation="Near zero: the best- and worst-served groups of a column lose alike.",
    needs=NEEDS,
)
def spread(ctx: EvalContext) -> list[Value]:
    """Largest minus smallest TSTR - TRTR over the groups of a column; the widest column first.

    AUC or R2 points, at least 0, lower is better. A range grows with chance alone, so the limit
    is never below what equal groups of these sizes show once in twenty. Source: evaluation P3.
    """
    rows = []
    for column, scores in _by_column(ctx).items():
        known = np.array([s.delta for s in scores if not s.reason])
        if len(known) < 2:
            message = "Fewer than two groups can be assessed."
            rows.append(Value(None, column=column, status="suppressed", message=message))
            continue
        values = np.ptp(known, axis=0)
        equal = np.ptp(known[:, 1:] - known[:, :1], axis=0)
        noise = float(np.nanquantile(equal, 0.95))
        rows.append(
            Value(float(values[0]), column=column, ci=interval(values), ci_method=PAIRED,
                  noise=noise, at_worst="refer")
        )  # fmt: skip
    return with_worst(rows, badness=highest)


def pooled(estimates: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Empirical-Bayes estimates of each group and their standard errors.

    Groups are taken to differ around a common mean with a variance by DerSimonian and Laird; what
    is uncertain leans on the mean.
    """
    v = np.maximum(variances, 1e-12)
    w = 1 / v
    mean = (w * estimates).sum() / w.sum()
    excess = (w * (estimates - mean) ** 2).sum() - (len(v) - 1)
    room = w.sum() - (w**2).sum() / w.sum()
    between = max(0.0, excess / room) if room > 0 else 0.0
    w = 1 / (v + between)
    mean, mean_variance = (w * estimates).sum() / w.sum(), 1 / w.sum()
    lean = v / (v + between)
    error = np.sqrt((1 - lean) * v + lean**2 * mean_variance)
    return lean * mean + (1 - lean) * estimates, error


@metric(
    "subgroup.pooled",
    family="subgroup",
    title="Prediction lost by group, small groups leaning on the others",
    explanation="Near zero: no group loses, after chance in small groups is allowed for.",
    direction="higher",
    needs=NEEDS,
)
def partial_pooling(ctx: EvalContext) -> list[Value]:
    """TSTR - TRTR of each group, partially pooled over the groups of its column; the lowest first.

    AUC or R2 points, 0 is ideal, higher is better; normal interval. Source: evaluation P3, 4.8.
    """
    rows = []
    for scores in _by_column(ctx).values():
        known = [s for s in scores if not s.reason]
        rows += [unassessed(s.column, s.name, s.n, s.reason) for s in scores if s.reason]
        if not known:
            continue
        deltas = np.array([s.delta for s in known])
        values, errors = pooled(deltas[:, 0], np.nanvar(deltas[:, 1:], axis=1))
        rows += [_row(*each) for each in zip(known, values, errors, strict=True)]
    return with_worst(rows)


def _row(score: GroupScore, value: float, error: float) -> Value:
    ci = (float(value - 1.96 * error), float(value + 1.96 * error))
    return Value(
        float(value),
        column=score.column,
        group=score.name,
        ci=ci,
        ci_method="normal, partial pooling",
        n=shown(score.n),
        events=shown(score.events),
        at_worst="refer" if ci[1] > -MARGIN else None,
        mde=POWER * float(error),
    )
