"""Nearest neighbours without a distance matrix: a tree for narrow tables, blocks for wide ones."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree
from sklearn.neighbors import NearestNeighbors

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.encoder import Scale, encoder

_TREE_COLUMNS = 15
ZERO = 1e-6
"""Distances below this are exact copies, up to rounding."""


def is_narrow(ctx: EvalContext) -> bool:
    """Whether a tree beats comparing all rows: it depends on the table's columns, not on slots."""
    return len(ctx.columns) <= _TREE_COLUMNS


def nearest(reference: Floats, queries: Floats, *, narrow: bool = True) -> tuple[Floats, Ints]:
    """Euclidean distance to, and place of, each query's nearest reference row."""
    if not len(queries):
        return np.empty(0), np.empty(0, dtype=np.int64)
    # many equal rows would all share one leaf of the tree, and every query would read them all
    rows, first = np.unique(reference, axis=0, return_index=True)
    if narrow:
        distance, place = KDTree(rows, balanced_tree=False).query(queries)
        return distance, first[place]
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(rows)
    distance, place = search.kneighbors(queries)
    return distance[:, 0], first[place[:, 0]]


def encoded(ctx: EvalContext, scale: Scale = "normal") -> tuple[Floats, Floats, Floats]:
    """Training, holdout and synthetic rows as matrices; the real ones are computed once."""
    columns = ctx.columns
    names = tuple(c.name for c in columns)
    transform = encoder(ctx, columns, scale).transform
    train = ctx.real(("encoded T", scale, names), lambda: transform(ctx.train))
    holdout = ctx.real(("encoded H", scale, names), lambda: transform(ctx.holdout))
    synthetic = ctx.own(("encoded S", scale), lambda: transform(ctx.synthetic))
    return train, holdout, synthetic
