"""E4: is the loss of prediction larger in some group of people than overall?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import factorised, is_number, numbers
from synthcraft.tools.metrics.learners import outcome, performance, predictions, scored
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.scores import interval
from synthcraft.tools.table_schema import Column

_FLOOR = 10
_STABLE = 50
Mask = NDArray[np.bool_]


def groups(ctx: EvalContext, column: Column) -> Iterator[tuple[str, Mask]]:
    """Names and holdout rows of the groups: levels, or thirds of the training rows."""
    series = ctx.holdout[column.name]
    if not is_number(column):
        codes, labels = factorised(series)
        few = np.zeros(len(series), dtype=bool)
        for i, text in sorted(enumerate(labels), key=lambda pair: pair[1]):
            rows = codes == i
            if rows.sum() >= _FLOOR:
                yield text, rows
            else:  # a level this rare is not named
                few |= rows
        if few.any():
            yield "levels with under ten rows", few
        return
    values, real = numbers(series), numbers(ctx.train[column.name])
    if np.isnan(real).all():
        return
    low, high = np.nanquantile(real, [1 / 3, 2 / 3])
    yield "lowest third", values <= low
    yield "middle third", (values > low) & (values <= high)
    yield "highest third", values > high


def reason_not_assessed(ctx: EvalContext, rows: Mask) -> str:
    """Why a group is too small to say anything; empty if it is not."""
    y = outcome(ctx, ctx.holdout)[rows]
    y = y[~np.isnan(y)]
    if ctx.task == "regression":
        return f"Under {_STABLE} holdout rows." if len(y) < _STABLE else ""
    _, counts = np.unique(y, return_counts=True)
    if len(counts) < 2 or counts.min() < _FLOOR:
        return f"Under {_FLOOR} holdout rows with one of the outcomes."
    return ""


@metric(
    "subgroup.worst_gap",
    family="subgroup",
    title="Prediction lost in the worst-off group",
    explanation="Near zero: no protected group loses more than everybody does.",
    direction="higher",
    needs=("target", "protected", "rows", "holdout"),
)
def worst_gap(ctx: EvalContext) -> list[Value]:
    """Smallest difference between a group's TSTR - TRTR and the overall one (boosting).

    AUC or R2 points, 0 is ideal, negative means the group loses more; paired bootstrap. One row
    per group; groups under the event floor are listed as not assessed. Source: evaluation E4.
    """
    synthetic = predictions(ctx, "boosting", "synthetic")
    real = predictions(ctx, "boosting", "real")
    overall = scored(ctx, "boosting", "synthetic") - scored(ctx, "boosting", "real")
    rows: list[Value] = []
    for column in ctx.columns:
        if column.name not in ctx.protected or column.name == ctx.target:
            continue
        for name, mask in groups(ctx, column):
            rows.append(_group(ctx, column.name, name, mask, overall, (synthetic, real)))
    assessed = [r for r in rows if r.value is not None]
    if not assessed:
        message = "No group has enough holdout rows of every outcome."
        return [Value(None, status="not_assessed", message=message), *rows]
    worst = min(assessed, key=lambda r: r.value or 0.0)
    left_out = len(rows) - len(assessed)
    message = f"{worst.column}: {worst.group}."
    if left_out:
        message += f" Groups that could not be assessed: {left_out}."
    own = Value(
        worst.value, ci=worst.ci, ci_method=worst.ci_method, score=worst.score,
        at_best="refer" if left_out else None, at_worst=worst.at_worst, mde=worst.mde,
        message=message,
    )  # fmt: skip
    return [own, *rows]


def _group(
    ctx: EvalContext,
    column: str,
    name: str,
    mask: Mask,
    overall: NDArray[np.float64],
    predicted: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Value:
    if reason := reason_not_assessed(ctx, mask):
        return Value(None, column=column, group=name, status="not_assessed", message=reason)
    gap = performance(ctx, predicted[0], mask) - performance(ctx, predicted[1], mask) - overall
    ci = interval(gap)
    return Value(
        float(gap[0]),
        column=column,
        group=name,
        ci=ci,
        ci_method="paired percentile bootstrap of holdout rows",
        # a loss is shown only when the whole interval lies beyond the margin
        at_worst="refer" if ci is None or ci[1] > -0.05 else None,
        mde=2.486 * float(np.nanstd(gap[1:])),
    )
