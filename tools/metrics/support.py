"""F8 and D3: do synthetic rows lie where real rows lie, and everywhere that they lie?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.encoder import Scale
from synthcraft.tools.metrics.neighbourhoods import NEAREST, neighbourhoods
from synthcraft.tools.metrics.neighbours import ZERO, encoded
from synthcraft.tools.metrics.registry import metric

LEVELS = (np.arange(30) + 0.5) / 30
"""Shares of the table, from its centre outwards."""


def integrated(inside: Floats) -> Value:
    """1 - 2 x mean gap between the share inside each level (rows x levels) and the level itself."""
    gap = np.abs(inside.mean(0) - LEVELS).mean()
    error = 2 * float(inside.mean(1).std()) / np.sqrt(len(inside))
    return _with_error(1 - 2 * float(gap), error)


def _with_error(value: float, error: float) -> Value:
    interval = (value - 1.96 * error, value + 1.96 * error)
    return Value(value, ci=interval, ci_method="normal, between rows")


def _from(centre: Floats, rows: Floats, scale: Scale) -> Floats:
    return np.asarray(np.linalg.norm(rows - centre, ord=2 if scale == "normal" else 1, axis=1))


def _twice(score: Callable[[EvalContext, Scale], Value], ctx: EvalContext) -> list[Value]:
    """The score, with the same under Gower's distance in its message."""
    gower = score(ctx, "gower").value
    return [replace(score(ctx, "normal"), message=f"With Gower's distance {gower:.3f}.")]


def _alpha_precision(ctx: EvalContext, scale: Scale) -> Value:
    train, _, synthetic = encoded(ctx, scale)
    centre = train.mean(0)
    radii = np.quantile(_from(centre, train, scale), LEVELS) + ZERO
    return integrated((_from(centre, synthetic, scale)[:, None] <= radii).astype(float))


@metric(
    "fidelity.alpha_precision",
    family="fidelity",
    title="Typical rows (alpha-precision)",
    explanation="Near 1: as many rows are typical, and as many unusual, as in the real table.",
    direction="higher",
    ideal=1.0,
    floor="A3",
    needs=("rows",),
)
def alpha_precision(ctx: EvalContext) -> list[Value]:
    """Alpha-precision over 30 levels, 0 to 1, higher is better.

    Share of synthetic rows within the distance to T's centre that holds the share alpha of T,
    against alpha. The naive estimate, in the encoder's space. Source: evaluation 4.2, F8.
    """
    return _twice(_alpha_precision, ctx)


def _density(ctx: EvalContext, scale: Scale) -> Value:
    balls = neighbourhoods(ctx, scale).balls / NEAREST
    return _with_error(float(balls.mean()), float(balls.std() / np.sqrt(len(balls))))


@metric(
    "fidelity.density",
    family="fidelity",
    title="Rows among real rows (density)",
    explanation="Near 1: synthetic rows have as many real rows about them as real rows have.",
    direction="target",
    ideal=1.0,
    floor="A3",
    needs=("rows", "holdout"),
)
def density(ctx: EvalContext) -> list[Value]:
    """Training balls (to the fifth neighbour) that hold a synthetic row, over five; 0 upwards.

    Ideal 1; above it rows crowd where real rows are densest. As many rows of each table as the
    holdout has, at most 4,000. Source: evaluation 4.2, F8.
    """
    return _twice(_density, ctx)


def _beta_recall(ctx: EvalContext, scale: Scale) -> Value:
    found = neighbourhoods(ctx, scale)
    outward = _from(found.synthetic.mean(0), found.synthetic, scale)
    inside = outward[found.place][:, None] <= np.quantile(outward, LEVELS) + ZERO
    return integrated(found.reached[:, None] * inside)


@metric(
    "diversity.beta_recall",
    family="fidelity",
    title="Real rows that are covered, centre to edge (beta-recall)",
    explanation="Near 1: synthetic rows cover the usual and the unusual real rows.",
    direction="higher",
    ideal=1.0,
    floor="C",
    needs=("rows", "holdout"),
)
def beta_recall(ctx: EvalContext) -> list[Value]:
    """Beta-recall over 30 levels, 0 to 1, higher is better.

    Share of training rows whose nearest synthetic row lies in their ball (to the fifth neighbour)
    and within the share beta of S about its centre, against beta. Source: evaluation 4.2, F8, D3.
    """
    return _twice(_beta_recall, ctx)


def _coverage(ctx: EvalContext, scale: Scale) -> Value:
    reached = neighbourhoods(ctx, scale).reached
    return _with_error(float(reached.mean()), float(reached.std() / np.sqrt(len(reached))))


@metric(
    "diversity.neighbour_coverage",
    family="fidelity",
    title="Real rows that are covered",
    explanation="Near 1: there is a synthetic row in the neighbourhood of each real row.",
    direction="higher",
    ideal=1.0,
    floor="C",
    needs=("rows", "holdout"),
)
def neighbour_coverage(ctx: EvalContext) -> list[Value]:
    """Share of training rows with a synthetic row in their ball (to the fifth neighbour), 0 to 1.

    Fresh real rows reach about 0.97. As many rows of each table as the holdout has, at most 4,000.
    Source: evaluation 4.2, D3.
    """
    return _twice(_coverage, ctx)
