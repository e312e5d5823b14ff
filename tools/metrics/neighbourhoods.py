"""Who lies in whose neighbourhood: equal numbers of training and synthetic rows, compared once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.encoder import Scale
from synthcraft.tools.metrics.mixture import some_rows
from synthcraft.tools.metrics.neighbours import ZERO, encoded

NEAREST = 5
_ROWS = 4000
_BLOCK = 1000
_METRIC = {"normal": "euclidean", "gower": "manhattan"}


@dataclass(frozen=True)
class Neighbourhoods:
    """Training rows with a ball to their fifth neighbour, and the synthetic rows about them.

    Attributes:
        synthetic: the synthetic rows that were taken, as a matrix.
        radius: distance of each training row to its fifth nearest training row.
        balls: for each synthetic row, how many training balls hold it.
        distance, place: for each training row, its nearest synthetic row.
    """

    synthetic: Floats
    radius: Floats
    balls: Ints
    distance: Floats
    place: Ints

    @property
    def reached(self) -> Floats:
        """1 for each training row whose ball holds a synthetic row."""
        return np.asarray(self.distance <= self.radius + ZERO, dtype=float)


def neighbourhoods(ctx: EvalContext, scale: Scale = "normal") -> Neighbourhoods:
    """As many training as synthetic rows: never more than the holdout, so that all files compare.

    What a ball catches depends on the number of rows; with one number for the file and its
    anchors their scores can be read beside each other.
    """
    return ctx.own(("neighbourhoods", scale), lambda: _compared(ctx, scale))


def _compared(ctx: EvalContext, scale: Scale) -> Neighbourhoods:
    train, holdout, synthetic = encoded(ctx, scale)
    size = min(len(train), len(holdout), len(synthetic), _ROWS)
    names = tuple(c.name for c in ctx.columns)

    def taken(matrix: Floats) -> Floats:
        return matrix[some_rows(matrix, size, ctx.rng("neighbourhoods"))]

    real = ctx.real(("compared T", scale, size, names), lambda: taken(train))
    radius = ctx.real(("radius", scale, size, names), lambda: radii(real, scale))
    rows = taken(synthetic)
    return Neighbourhoods(rows, radius, *about(real, radius, rows, scale))


def radii(rows: Floats, scale: Scale) -> Floats:
    """Distance of each row to its fifth nearest other row."""
    count = min(NEAREST, len(rows) - 1)
    if count < 1:
        return np.zeros(len(rows))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute", metric=_METRIC[scale])
    return np.asarray(search.fit(rows).kneighbors()[0][:, -1])


def about(real: Floats, radius: Floats, rows: Floats, scale: Scale) -> tuple[Ints, Floats, Ints]:
    """Balls that hold each of `rows`; distance and place of each real row's nearest of them."""
    held = np.empty(len(rows), dtype=np.int64)
    distance = np.full(len(real), np.inf)
    place = np.zeros(len(real), dtype=np.int64)
    across = np.arange(len(real))
    for begin in range(0, len(rows), _BLOCK):  # blocks bound the memory
        part = rows[begin : begin + _BLOCK]
        block = pairwise_distances(part, real, metric=_METRIC[scale])
        held[begin : begin + _BLOCK] = (block <= radius + ZERO).sum(1)
        at = block.argmin(0)
        closer = block[at, across] < distance
        distance[closer] = block[at, across][closer]
        place[closer] = at[closer] + begin
    return held, distance, place
