"""Identifiability and authenticity with corrected definitions, beside held-back people (P7)."""

from __future__ import annotations

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.granularity import TWIN
from synthcraft.tools.privacy.patterns import TARGETS, targets
from synthcraft.tools.privacy.space import (
    near,
    real_rows,
    synthetic_rows,
    to_synthetic,
    to_training,
)

_CAUTION = "Near a half for fresh real rows, and it moves with the number of rows: no proof."


def _spacing(ctx: EvalContext, places: Ints) -> Floats:
    """Gower's distance of some training rows to the nearest other training row."""
    train = real_rows(ctx).take(np.arange(len(ctx.train)))
    return near(train, train.take(places)).gower[:, 1]


@metric(
    "privacy.identifiability",
    family="privacy_metrics",
    title="Identifiability",
    explanation="Described only: compare with the same share of held-back people.",
    ideal=None,
    needs=("rows", "holdout", "separate"),
)
def identifiability(ctx: EvalContext) -> list[Value]:
    """Share of training rows nearer to a synthetic row than to any other training row.

    0 to 1; beside it the same share of held-back people. At most 5,000 rows of each side, Gower's
    distance. Source: evaluation 2, P7.
    """
    chosen, distance = targets(ctx), to_synthetic(ctx).gower[:, 0]
    train = ctx.real(("spacing", tuple(c.name for c in ctx.columns)),
                     lambda: _spacing(ctx, chosen.train))  # fmt: skip
    holdout = to_training(ctx).gower[chosen.holdout - len(ctx.train), 0]
    return [
        Value(float((distance[chosen.train] < train).mean()), message=_CAUTION),
        Value(float((distance[chosen.holdout] < holdout).mean()), group=TWIN),
    ]


@metric(
    "privacy.authenticity",
    family="privacy_metrics",
    title="Authenticity",
    explanation="Described only: compare with the same share of held-back people.",
    direction="higher",
    ideal=None,
    needs=("rows", "holdout", "separate"),
)
def authenticity(ctx: EvalContext) -> list[Value]:
    """Share of synthetic rows farther from their nearest training row than that is from others.

    0 to 1; beside it the same share of held-back people. At most 5,000 synthetic rows, Gower's
    distance. Source: evaluation 2, P7.
    """
    made = synthetic_rows(ctx)
    made = made.take(np.sort(ctx.rng("authenticity").permutation(len(made))[:TARGETS]))
    found = near(real_rows(ctx).take(np.arange(len(ctx.train))), made)
    people = to_training(ctx)
    shares = [
        float((each.gower[:, 0] > _spacing(ctx, each.place)).mean()) for each in (found, people)
    ]
    return [Value(shares[0], message=_CAUTION), Value(shares[1], group=TWIN)]
