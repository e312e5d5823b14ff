"""F7: sliced Wasserstein distance, whole rows seen from many directions."""

from __future__ import annotations

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.chance import expected_gap
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.neighbours import encoded
from synthcraft.tools.metrics.registry import metric

_DIRECTIONS = 200
_QUANTILES = 1000


def _seen(matrix: Floats, directions: Floats) -> Floats:
    """Quantile functions of the rows along each direction (quantiles x directions)."""
    ordered = np.sort(matrix @ directions, axis=0)
    at = (np.arange(_QUANTILES) + 0.5) / _QUANTILES * len(matrix)
    return np.asarray(ordered[at.astype(int)])


@metric(
    "fidelity.sliced_wasserstein",
    family="fidelity",
    title="Distance that whole rows have moved",
    explanation="Near zero: seen from any direction, rows lie where real rows lie.",
    floor="A4",
    needs=("rows",),
    resamples=5,
)
def sliced_wasserstein(ctx: EvalContext) -> list[Value]:
    """Mean W1 over 200 random directions of the encoder's space, 0 upwards, lower is better.

    In normal scores, so 0.1 is a tenth of a standard deviation; what sampling alone would show is
    taken off. Source: evaluation 4.2, F7.
    """
    train, _, synthetic = encoded(ctx)
    width = train.shape[1]

    def drawn() -> Floats:
        directions = ctx.rng("slices").normal(size=(width, _DIRECTIONS))
        return np.asarray(directions / np.linalg.norm(directions, axis=0))

    directions = ctx.real(("slices", width), drawn)
    names = tuple(c.name for c in ctx.columns)
    real = ctx.real(("sliced", names), lambda: _seen(train, directions))
    moved = float(np.abs(real - _seen(synthetic, directions)).mean())
    # the mean distance of two samples is the integral of that of their distribution functions
    u = np.arange(1, _QUANTILES) / _QUANTILES
    chance = expected_gap(u * (1 - u), len(train), len(synthetic)) @ np.diff(real, axis=0)
    return [Value(max(moved - float(chance.mean()), 0.0))]
