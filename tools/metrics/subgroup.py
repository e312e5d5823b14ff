"""P3 by group: is the model learnt from synthetic rows worse for some people than for others?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.groups import MIN_CELL, STABLE, groupings, groups, shown
from synthcraft.tools.metrics.learners import classes, outcome, scored
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.scores import Bools, interval
from synthcraft.tools.stats.auc import POWER

NEEDS = ("predictable", "protected", "rows", "holdout")
PAIRED = "paired percentile bootstrap of holdout rows"
MARGIN = 0.05


@dataclass(frozen=True)
class GroupScore:
    """Performance of boosting in one group of holdout rows, under all draws.

    Attributes:
        events: rows of the rarest class, or all rows with a known numeric outcome.
        reason: why the group cannot be assessed; its scores are empty then.
        unstable: too few events for the number to be trusted by itself.
    """

    column: str
    name: str
    n: int
    events: int
    reason: str
    unstable: bool
    synthetic: Floats
    real: Floats

    @property
    def delta(self) -> Floats:
        """TSTR minus TRTR in the same group, with the same draws."""
        return self.synthetic - self.real


def fewest(ctx: EvalContext, rows: Bools) -> int:
    """Known holdout outcomes of the rarest class (or all of a numeric target) in a group."""
    y = outcome(ctx, ctx.holdout)[rows]
    y = y[~np.isnan(y)]
    if ctx.task == "regression":
        return len(y)
    size = len(classes(ctx))
    counts = np.bincount(y.astype(int), minlength=size)
    # of several classes only those count that the group has
    return int(counts.min() if size == 2 else min(counts[counts > 0], default=0))


def reason_not_assessed(ctx: EvalContext, rows: Bools) -> str:
    """Why a group is too small to say anything; empty if it is not."""
    few = fewest(ctx, rows)
    if ctx.task == "regression":
        return "" if few >= STABLE else f"Cannot be assessed: under {STABLE} holdout rows."
    present = np.unique(outcome(ctx, ctx.holdout)[rows & ~np.isnan(outcome(ctx, ctx.holdout))])
    if few >= MIN_CELL and len(present) > 1:
        return ""
    return f"Cannot be assessed: under {MIN_CELL} holdout rows with one of the outcomes."


def group_scores(ctx: EvalContext) -> list[GroupScore]:
    """Every group of every protected column; computed once a table."""

    def build() -> list[GroupScore]:
        return [
            _score(ctx, of.column, name, rows)
            for of in groupings(ctx)
            for name, rows in groups(of, ctx.holdout)
        ]

    return ctx.own("group scores", build)


def _score(ctx: EvalContext, column: str, name: str, rows: Bools) -> GroupScore:
    reason, few = reason_not_assessed(ctx, rows), fewest(ctx, rows)
    sources: tuple[Literal["synthetic", "real"], ...] = ("synthetic", "real")
    empty = np.empty(0)
    synthetic, real = (empty if reason else scored(ctx, "boosting", s, rows) for s in sources)
    unstable = ctx.task != "regression" and few < STABLE
    return GroupScore(column, name, int(rows.sum()), few, reason, unstable, synthetic, real)


def unassessed(column: str, name: str, n: float, reason: str) -> Value:
    """The row of a group that is too small: it is listed, with nothing in it."""
    return Value(None, column=column, group=name, n=shown(n) or 0, status="suppressed",
                 message=reason)  # fmt: skip


def group_row(score: GroupScore, values: Floats, groups: int = 1) -> Value:
    """A group's number with interval, people and events: a line of a forest plot.

    A loss is shown only when an interval that allows for so many groups lies beyond the margin.
    """
    if score.reason:
        return unassessed(score.column, score.name, score.n, score.reason)
    ci, wide = interval(values), interval(values, 1 - 0.05 / groups)
    doubtful = wide is None or wide[1] > -MARGIN
    return Value(
        float(values[0]),
        column=score.column,
        group=score.name,
        ci=ci,
        ci_method=PAIRED,
        n=shown(score.n),
        events=shown(score.events),
        at_worst="refer" if doubtful else None,
        mde=POWER * float(np.nanstd(values[1:])),
        message=f"Unstable: under {STABLE} events." if score.unstable else "",
    )


def assessed_groups(scores: list[GroupScore]) -> int:
    """How many groups are looked at, at least one."""
    return max(1, sum(not s.reason for s in scores))


def lowest(row: Value) -> float:
    """The less, the worse."""
    return -(row.value or 0.0)


def highest(row: Value) -> float:
    """The more, the worse; in units of what chance alone shows, where that is known."""
    return (row.value or 0.0) / max(row.noise, MARGIN)


def with_worst(rows: list[Value], badness: Callable[[Value], float] = lowest) -> list[Value]:
    """The rows behind the metric's own row, which is the worst group's."""
    assessed = [r for r in rows if r.value is not None]
    if not assessed:
        message = "No group has enough rows of every outcome."
        return [Value(None, status="not_assessed", message=message), *rows]
    worst = max(assessed, key=badness)
    left_out = len(rows) - len(assessed)
    name = ": ".join(filter(None, (worst.column, worst.group)))
    message = f"{name}. {worst.message}".strip()
    if left_out:
        message += f" Groups that could not be assessed: {left_out}."
    own = Value(
        worst.value, ci=worst.ci, ci_method=worst.ci_method, score=worst.score, n=worst.n,
        events=worst.events, noise=worst.noise, at_best="refer" if left_out else worst.at_best,
        at_worst=worst.at_worst, mde=worst.mde, message=message,
    )  # fmt: skip
    return [own, *rows]


def _estimates(score: GroupScore) -> dict[str, tuple[float, float, float]]:
    """Both models' numbers with their intervals, for a forest plot."""
    both = {"real": score.real, "synthetic": score.synthetic}
    known = {name: (values, interval(values)) for name, values in both.items() if len(values)}
    return {name: (float(v[0]), *ci) for name, (v, ci) in known.items() if ci}


@metric(
    "subgroup.performance",
    family="subgroup",
    title="Prediction in each group",
    explanation="Near A1 in every group: as good for them as the model trained on real rows.",
    direction="higher",
    ideal=1.0,
    floor="P",
    fresh="T",
    needs=NEEDS,
)
def performance(ctx: EvalContext) -> list[Value]:
    """AUC or R2 of the synthetic-trained model in each group; the lowest is the metric's own.

    Higher is better. Inside a group of like people AUC is lower by construction: compare it with
    A1, the real-trained model in the same group. Source: evaluation P3.
    """
    return with_worst(
        [replace(group_row(s, s.synthetic), estimates=_estimates(s)) for s in group_scores(ctx)]
    )


@metric(
    "fairness.worst_delta",
    family="subgroup",
    title="Prediction lost against real rows, by group",
    explanation="Near zero: no group is served worse than by a model trained on real rows.",
    direction="higher",
    needs=NEEDS,
)
def worst_delta(ctx: EvalContext) -> list[Value]:
    """E4: TSTR minus TRTR in each group, AUC or R2 points; the lowest is the metric's own.

    0 is ideal, higher is better; paired bootstrap. Source: evaluation E4.
    """
    scores = group_scores(ctx)
    return with_worst([group_row(s, s.delta, assessed_groups(scores)) for s in scores])


@metric(
    "subgroup.worst_gap",
    family="subgroup",
    title="Prediction lost in the worst-off group",
    explanation="Near zero: no protected group loses more than everybody does.",
    direction="higher",
    needs=NEEDS,
)
def worst_gap(ctx: EvalContext) -> list[Value]:
    """Difference in differences: a group's TSTR - TRTR minus the overall one; the lowest first.

    AUC or R2 points, 0 is ideal, negative means the group loses more; paired bootstrap. Groups
    under the event floor are listed as suppressed. Source: evaluation P3.
    """
    overall = scored(ctx, "boosting", "synthetic") - scored(ctx, "boosting", "real")
    scores = group_scores(ctx)
    gaps = [s.delta if s.reason else s.delta - overall for s in scores]
    of = assessed_groups(scores)
    return with_worst([group_row(s, gap, of) for s, gap in zip(scores, gaps, strict=True)])
