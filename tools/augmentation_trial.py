"""P4, second half: does adding synthetic rows help, against what else could be done?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.augmentation import Enrichment, doses
from synthcraft.tools.augmentation_arms import ARMS, Shortage, TrainingSet, with_rows
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.learners import (
    Learner,
    classes,
    draws,
    fit,
    outcome,
    performance,
    tested,
)
from synthcraft.tools.metrics.scores import Bools, interval, weighted_slope
from synthcraft.tools.metrics.subgroup import reason_not_assessed
from synthcraft.tools.seeds import child_seed

DOSES = (0.0, 0.25, 0.5, 1.0, 2.0)
FRACTIONS = (0.05, 0.1, 0.2, 0.5, 1.0)
HARM = -0.01
_LEAST_ROWS = 20
HYPOTHESIS = (
    "Augmentation adds no information about the population: expect a change of variance, or bias. "
    "Corrections of imbalance often harm calibration."
)


@dataclass(frozen=True)
class Effect:
    """A number of one arm, and its paired difference to the training rows as they are."""

    value: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Outcome:
    """What a model learnt from one training set does on the real people held back.

    Attributes:
        arm, dose, real: the comparator, its dose (1 is the target) and the part of real rows.
        rows: rows of the training set.
        overall, group: AUC on everybody held back, and in the target group.
        slope: calibration slope on everybody held back.
        no_harm: whether the overall AUC is shown to lose less than the margin.
        note: why something could not be assessed.
    """

    arm: str
    dose: float
    real: float
    rows: int
    overall: Effect | None
    group: Effect | None
    slope: Effect | None
    no_harm: bool
    note: str = ""


@dataclass(frozen=True)
class Bench:
    """Everything that all arms share: the held-back people, the draws, the reference model."""

    ctx: EvalContext
    learner: Learner
    group: Bools
    reference: dict[str, Floats]


def bench(ctx: EvalContext, group: Bools, learner: Learner = "linear") -> Bench:
    """Prepare the comparison.

    Args:
        ctx: training rows and holdout; its synthetic table is not used.
        group: the held-back people of the target group.
        learner: what learns from every training set.

    Raises:
        InputError: the holdout has synthetic rows or hardly any, or the target has not two classes.
    """
    marked = ctx.holdout.get("is_synthetic")
    if marked is not None and bool(marked.astype(bool).any()):
        raise InputError("Synthetic rows never serve as test rows.", "Give real people only.")
    if len(ctx.holdout) < _LEAST_ROWS:
        raise InputError(f"Fewer than {_LEAST_ROWS} people are held back: nothing can be tried.")
    if ctx.task != "classification" or len(classes(ctx)) != 2:
        raise InputError("Augmentation is tried on an outcome with two values only.")
    empty = Bench(ctx, learner, group, {})
    return replace(empty, reference=_measured(empty, TrainingSet(ctx.train)))


def _measured(on: Bench, learnt: TrainingSet) -> dict[str, Floats]:
    """AUC overall and in the group, and the calibration slope, under all draws."""
    ctx = on.ctx
    risk = fit(ctx, learnt.frame, on.learner, learnt.weights)(tested(ctx, on.learner))
    y, weights = outcome(ctx, ctx.holdout), draws(ctx)
    use = ~np.isnan(y)
    inside = np.clip(risk[use, 1], 1e-6, 1 - 1e-6)
    slope = weighted_slope(np.log(inside / (1 - inside)), y[use], weights[:, use])
    found = {"overall": performance(ctx, y, risk, weights), "slope": slope}
    if not reason_not_assessed(ctx, on.group):
        rows = on.group
        found["group"] = performance(ctx, y[rows], risk[rows], weights[:, rows])
    return found


def judged(on: Bench, learnt: TrainingSet, arm: str, dose: float, real: float = 1.0) -> Outcome:
    """One training set on the bench."""
    found = _measured(on, learnt)
    effects = {name: _effect(values, on.reference[name]) for name, values in found.items()}
    overall = effects.get("overall")
    return Outcome(
        arm=arm,
        dose=dose,
        real=real,
        rows=len(learnt.frame),
        overall=overall,
        group=effects.get("group"),
        slope=effects.get("slope"),
        no_harm=overall is not None and overall.low > HARM,
        note=reason_not_assessed(on.ctx, on.group),
    )


def _effect(values: Floats, reference: Floats) -> Effect | None:
    difference = values - reference
    ci = interval(difference)
    if ci is None or np.isnan(values[0]):
        return None
    return Effect(float(values[0]), float(difference[0]), *ci)


def compared(on: Bench, short: Shortage, seed: int, arms: Sequence[str] = ()) -> list[Outcome]:
    """Every comparator at the full dose, with seeds of their own."""
    return [
        judged(on, ARMS[name](short, np.random.default_rng(child_seed(seed, name))), name, 1.0)
        for name in arms or ARMS
    ]


def dose_curve(
    on: Bench, short: Shortage, made: Enrichment, steps: Sequence[float] = DOSES
) -> list[Outcome]:
    """Synthetic rows at parts and multiples of the target; a dose holds all smaller ones."""
    at = ((dose, made.part(doses(short.extra, dose))) for dose in steps)
    return [judged(on, with_rows(short, part.frame), "synthetic", dose) for dose, part in at]


def hybrid_curve(
    on: Bench, synthetic: pd.DataFrame, seed: int, steps: Sequence[float] = FRACTIONS
) -> list[Outcome]:
    """Parts of the real rows, with and without a whole synthetic table beside them.

    The table may hold what a generator learnt from all real rows: it does not show what would be
    known had only the part been collected. Parts are nested and stratified on the outcome.
    """
    ctx = on.ctx
    order = np.random.default_rng(child_seed(seed, "hybrid")).permutation(len(ctx.train))
    y = np.nan_to_num(outcome(ctx, ctx.train), nan=-1.0)[order]
    place = pd.Series(y).groupby(y).cumcount().to_numpy()
    size = pd.Series(y).groupby(y).transform("size").to_numpy()
    found = []
    for share in steps:
        part = ctx.train.iloc[order[place < np.ceil(share * size)]]
        both = pd.concat([part, synthetic[list(part.columns)]], ignore_index=True)
        found.append(judged(on, TrainingSet(part), "real alone", 0.0, share))
        found.append(judged(on, TrainingSet(both), "real and synthetic", 1.0, share))
    return found
