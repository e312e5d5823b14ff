"""E1 to E3: does the synthetic table treat groups of people alike?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from synthcraft.tools.metrics.association import differences
from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.groups import (
    MIN_CELL,
    STABLE,
    Grouping,
    groupings,
    intersections,
    shown,
    sizes,
)
from synthcraft.tools.metrics.learners import outcome
from synthcraft.tools.metrics.marginal import column_noise, distances
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.subgroup import highest, unassessed, with_worst
from synthcraft.tools.stats.proportions import wilson

_NEEDS = ("protected", "rows")
_MARGIN = (0.80, 1.25)
_MEAN_NOISE = 0.65
"""What the mean column of equal groups shows, two errors up, over the 1 % point of one column."""
_FEW = f"Cannot be assessed: under {MIN_CELL} real rows."


@dataclass(frozen=True)
class Share:
    """So many hits among the rows of a group."""

    hits: float
    rows: float

    @property
    def value(self) -> float:
        """0 to 1."""
        return self.hits / max(self.rows, 1)

    @property
    def log_variance(self) -> float:
        """Sampling variance of its logarithm; half a hit stands in for none."""
        return (1 - self.value) / (self.hits + 0.5)


def off(row: Value) -> float:
    """How far a ratio lies from one at least, in either direction, given its interval."""
    ratio, (low, high) = row.value or 0.0, row.ci or (0.0, np.inf)
    ratio, low, high = (np.log(np.clip(x, 1e-6, 1e6)) for x in (ratio, low, high))
    return float(abs(ratio) - (high - low) / 2)


def ratios(found: list[tuple[Value, Share, Share]]) -> list[Value]:
    """Rows of groups filled with a synthetic share over a real one, a fixed target.

    They fail only where chance on both sides, with so many groups, cannot have done it.
    """
    z = float(norm.ppf(1 - 0.025 / max(len(found), 1)))
    return [_ratio(row, real, synthetic, z) for row, real, synthetic in found]


def _ratio(row: Value, real: Share, synthetic: Share, z: float) -> Value:
    low, high = wilson(synthetic.value, synthetic.rows)
    ratio, ci = synthetic.value / real.value, (low / real.value, high / real.value)
    noise = z * np.sqrt(synthetic.log_variance + real.log_variance)
    centre = np.log(max(ratio, 0.5 / max(synthetic.rows, 1) / real.value))
    chance = centre + noise >= np.log(_MARGIN[0]) and centre - noise <= np.log(_MARGIN[1])
    worst: Status | None = "refer" if chance else None
    return replace(row, value=ratio, ci=ci, ci_method="Wilson", at_worst=worst)


@metric(
    "fairness.representation",
    family="subgroup",
    title="How well each group is represented",
    explanation="Near one: every group makes up the same share as in the real table.",
    direction="target",
    ideal=1.0,
    floor="C",
    needs=_NEEDS,
)
def representation(ctx: EvalContext) -> list[Value]:
    """E1: share of a group, or of a pair of groups, over its share of the training rows.

    1 is ideal, below 1 the group is under-represented; the furthest off is the metric's own.
    Wilson interval. Cells of under ten training rows cannot be assessed. Source: evaluation E1.
    """
    found: list[tuple[Value, Share, Share]] = []
    small: list[Value] = []
    combined: list[Value] = []
    for of in groupings(ctx):
        cells = list(_cells(ctx, of))
        found += [each for each in cells if each[1].hits >= MIN_CELL]
        small += [unassessed(of.column, row.group or "", real.hits, _FEW)
                  for row, real, _ in cells if real.hits < MIN_CELL]  # fmt: skip
    for of in intersections(ctx):
        cells = list(_cells(ctx, of))
        found += [each for each in cells if each[1].hits >= MIN_CELL]
        few = sum(real.hits < MIN_CELL for _, real, _ in cells)
        if few:
            reason = f"Cannot be assessed: {few} combinations with under {MIN_CELL} real rows."
            combined.append(unassessed(of.column, "small combinations", 0, reason))
    return [*with_worst([*ratios(found), *small], off), *combined]


def _cells(ctx: EvalContext, of: Grouping) -> Iterator[tuple[Value, Share, Share]]:
    """Each group that any table has, with its share of real and of synthetic rows."""
    real, synthetic = sizes(of, ctx.train), sizes(of, ctx.synthetic)
    for name, n, k in zip(of.names, real, synthetic, strict=True):
        if n or k:
            row = Value(None, column=of.column, group=name, n=shown(n))
            yield row, Share(n, len(ctx.train)), Share(k, len(ctx.synthetic))


@metric(
    "fairness.prevalence_ratio",
    family="subgroup",
    title="How common the outcome is in each group",
    explanation="Near one: the outcome is as common in each group as in the real table.",
    direction="target",
    ideal=1.0,
    floor="C",
    needs=("binary", *_NEEDS),
)
def prevalence_ratio(ctx: EvalContext) -> list[Value]:
    """E3: share of events in a group of the synthetic rows over that of the training rows.

    1 is ideal; the furthest off is the metric's own. Groups need ten training rows with and ten
    without the event. Wilson interval, the training share is a fixed target. Source: evaluation E3.
    """
    found: list[tuple[Value, Share, Share]] = []
    small: list[Value] = []
    for of in groupings(ctx):
        both = zip(_prevalence(ctx, ctx.train, of), _prevalence(ctx, ctx.synthetic, of),
                   strict=True)  # fmt: skip
        for name, (real, synthetic) in zip(of.names, both, strict=True):
            row = Value(None, column=of.column, group=name, n=shown(real.rows),
                        events=shown(real.hits))  # fmt: skip
            if min(real.hits, real.rows - real.hits) >= MIN_CELL and synthetic.rows:
                found.append((row, real, synthetic))
            elif real.rows or synthetic.rows:
                none = real.rows >= MIN_CELL and not synthetic.rows
                why = "no synthetic rows" if none else "under ten real rows of an outcome"
                small.append(unassessed(of.column, name, real.rows, f"Cannot be assessed: {why}."))
    return with_worst([*ratios(found), *small], off)


def _prevalence(ctx: EvalContext, frame: pd.DataFrame, of: Grouping) -> list[Share]:
    """Events among the rows with a known outcome, for each group."""
    y = outcome(ctx, frame)
    known = sizes(of, frame[~np.isnan(y)])
    return [Share(hits, n) for hits, n in zip(sizes(of, frame[y == 1]), known, strict=True)]


def _within(ctx: EvalContext, of: Grouping) -> Iterator[tuple[str, EvalContext]]:
    """Each group's training and synthetic rows as a context of its own."""
    real, synthetic = of.codes(ctx.train), of.codes(ctx.synthetic)
    for place, name in enumerate(of.names):
        train, made = ctx.train[real == place], ctx.synthetic[synthetic == place]
        if len(train) or len(made):
            yield name, replace(ctx, train=train, synthetic=made)


def _by_group(
    ctx: EvalContext, floor: int, measure: Callable[[EvalContext], tuple[float, float]]
) -> list[Value]:
    """A distance with its noise for every group that has enough rows on both sides."""
    rows = []
    for of in groupings(ctx):
        for name, own in _within(ctx, of):
            n = len(own.train)
            if min(n, len(own.synthetic)) < floor:
                why = f"Cannot be assessed: under {floor} real or synthetic rows."
                rows.append(unassessed(of.column, name, n, why))
                continue
            value, noise = measure(own)
            rows.append(Value(value, column=of.column, group=name, noise=noise, n=shown(n)))
    return with_worst(rows, highest)


@metric(
    "fairness.group_distance",
    family="subgroup",
    title="Distribution of the columns in each group",
    explanation="Near zero: inside every group the columns look as they do in the real table.",
    floor="A3",
    needs=_NEEDS,
)
def group_distance(ctx: EvalContext) -> list[Value]:
    """E2: mean column distance (KS or TVD) inside each group; the largest is the metric's own.

    0 to 1, lower is better; the limit is never below sampling noise. Source: evaluation E2, F1.
    """

    def measure(own: EvalContext) -> tuple[float, float]:
        known = distances(own)
        noise = _MEAN_NOISE * float(np.mean([column_noise(own, name) for name in known]))
        return float(np.mean(list(known.values()))), noise

    return _by_group(ctx, MIN_CELL, measure)


@metric(
    "fairness.group_association",
    family="subgroup",
    title="Relations between columns in each group",
    explanation="Near zero: inside every group columns depend on each other as in real rows.",
    floor="A4",
    needs=_NEEDS,
)
def group_association(ctx: EvalContext) -> list[Value]:
    """E2: mean difference of associations inside each group; the largest is the metric's own.

    0 to 2 (in practice below 1), lower is better; fifty rows on both sides are needed.
    Source: evaluation E2, F3.
    """

    def measure(own: EvalContext) -> tuple[float, float]:
        gaps = differences(own)
        noise = np.sqrt(1 / len(own.train) + 1 / len(own.synthetic))
        return float(gaps.mean()) if gaps.size else 0.0, float(noise)

    return _by_group(ctx, STABLE, measure)
