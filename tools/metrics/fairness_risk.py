"""E4 and E5: are predicted risks as right, and as useful, for every group of people?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.fairness import off
from synthcraft.tools.metrics.groups import MIN_CELL, groupings, groups, shown
from synthcraft.tools.metrics.learners import outcome
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.risk import (
    BOOTSTRAP,
    Risks,
    observed_over_expected,
    risk_threshold,
    risks,
)
from synthcraft.tools.metrics.scores import Bools, interval, weighted_mean
from synthcraft.tools.metrics.subgroup import PAIRED, highest, unassessed, with_worst

_NEEDS = ("binary", "protected", "rows", "holdout", "both outcomes")


def _each(ctx: EvalContext, known: Risks) -> Iterator[tuple[str, str, Bools, int]]:
    """Column, group, its holdout rows among those with a known outcome, and its events."""
    here = ctx.holdout[~np.isnan(outcome(ctx, ctx.holdout))]
    for of in groupings(ctx):
        for name, rows in groups(of, here):
            yield of.column, name, rows, int(known.event[rows].sum())


@metric(
    "fairness.calibration_gap",
    family="subgroup",
    title="Observed over expected events in each group",
    explanation="Near one in every group: nobody's risk is predicted too high or too low.",
    direction="target",
    ideal=1.0,
    floor="C",
    fresh="T",
    needs=_NEEDS,
)
def calibration_gap(ctx: EvalContext) -> list[Value]:
    """E4: events over the sum of risks by the synthetic-trained linear model, in each group.

    1 is ideal, above 1 the group's risk is predicted too low; the furthest off is the metric's
    own. Ten events are needed. Source: evaluation E4.
    """
    known = risks(ctx)
    rows = []
    for column, name, group, events in _each(ctx, known):
        if min(events, group.sum() - events) < MIN_CELL:
            why = f"Cannot be assessed: under {MIN_CELL} holdout rows with one of the outcomes."
            rows.append(unassessed(column, name, group.sum(), why))
            continue
        values, real = (
            observed_over_expected(known, risk, group) for risk in (known.synthetic, known.real)
        )
        ci = interval(values)
        chance = ci is None or ci[0] <= 1.0 <= ci[1]
        rows.append(
            Value(float(values[0]), column=column, group=name, ci=ci, ci_method=BOOTSTRAP,
                  n=shown(group.sum()), events=shown(events), at_worst="refer" if chance else None,
                  message=f"The model trained on real rows: {real[0]:.2f}.")
        )  # fmt: skip
    return with_worst(rows, off)


@metric(
    "fairness.equal_opportunity",
    family="subgroup",
    title="Whether events are found equally often in every group",
    explanation="Near zero: people with the event are found as often in each group.",
    needs=_NEEDS,
)
def equal_opportunity(ctx: EvalContext) -> list[Value]:
    """E5: largest difference of the true positive rate between groups of a column.

    0 to 1, lower is better, at the stated risk threshold (else the prevalence); judged by what it
    adds to the same difference of the real-trained model. Group rows hold the difference to the
    best-served group. Groups need ten events. Source: evaluation E5.
    """
    known, at = risks(ctx), risk_threshold(ctx)
    rows: list[Value] = []
    for column, each in groupby(_each(ctx, known), key=lambda found: found[0]):
        rows += _column(column, list(each), known, at)
    own = with_worst([r for r in rows if r.group is None], highest)[0]
    return [own, *rows]


def _column(
    column: str, found: list[tuple[str, str, Bools, int]], known: Risks, at: float
) -> Iterator[Value]:
    """The row of a column, then those of its groups."""
    large = [each for each in found if each[3] >= MIN_CELL]
    why = f"Cannot be assessed: under {MIN_CELL} events."
    small = [unassessed(column, n, rows.sum(), why) for _, n, rows, events in found
             if events < MIN_CELL]  # fmt: skip
    if len(large) < 2:
        message = "Cannot be assessed: fewer than two groups have enough events."
        yield Value(None, column=column, status="suppressed", message=message)
        large = []
    else:
        made, real = (
            np.array([_found(known, risk, rows, at) for _, _, rows, _ in large])
            for risk in (known.synthetic, known.real)
        )
        gap, reference = np.ptp(made, axis=0), np.ptp(real, axis=0)
        yield Value(
            float(gap[0]), column=column, ci=interval(gap), ci_method=PAIRED, at_worst="refer",
            score=float(gap[0] - reference[0]),
            message=f"At a risk of {at:.3f}; the model trained on real rows: {reference[0]:.2f}.",
        )  # fmt: skip
        behind = made.max(axis=0) - made, real.max(axis=0) - real
        for place, (_, name, rows, events) in enumerate(large):
            values = behind[0][place]
            yield Value(
                float(values[0]), column=column, group=name, ci=interval(values),
                ci_method=PAIRED, n=shown(rows.sum()), events=shown(events), at_worst="refer",
                score=float(values[0] - behind[1][place][0]),
                message=f"Found: {made[place][0]:.2f}.",
            )  # fmt: skip
    yield from small


def _found(known: Risks, risk: Floats, rows: Bools, at: float) -> Floats:
    """True positive rate in a group under all draws."""
    events = rows & (known.event == 1)
    return weighted_mean((risk[events] >= at).astype(float), known.weights[:, events])
