"""Nearest neighbours without a distance matrix: a tree for narrow tables, blocks for wide ones."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree
from sklearn.neighbors import NearestNeighbors

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.encoder import Scale, encoder

_TREE_COLUMNS = 15
_CANDIDATES = 8
ZERO = 1e-6
"""Distances below this are exact copies, up to rounding."""


def is_narrow(ctx: EvalContext) -> bool:
    """Whether a tree beats comparing all rows: it depends on the table's columns, not on slots."""
    return len(ctx.columns) <= _TREE_COLUMNS


def nearest(
    reference: Floats,
    queries: Floats,
    scale: Scale = "normal",
    *,
    narrow: bool = True,
    within: float = np.inf,
) -> tuple[Floats, Ints]:
    """Distance to, and place of, each query's nearest reference row.

    Euclidean for the normal-score encoding, Manhattan for Gower's. With `narrow`, rows that have
    no neighbour `within` may get an infinite distance and a place past the end.
    """
    if not len(queries):
        return np.empty(0), np.empty(0, dtype=np.int64)
    # many equal rows would all share one leaf of the tree, and every query would read them all
    rows, first = np.unique(reference, axis=0, return_index=True)
    if narrow:
        tree = KDTree(rows, balanced_tree=False)
        order = 2.0 if scale == "normal" else 1.0
        distance, place = tree.query(queries, p=order, distance_upper_bound=within)
        return distance, np.append(first, len(reference))[place]
    metric = "euclidean" if scale == "normal" else "manhattan"
    search = NearestNeighbors(n_neighbors=1, algorithm="brute", metric=metric).fit(rows)
    distance, place = search.kneighbors(queries)
    return distance[:, 0], first[place[:, 0]]


def gower_of_candidates(reference: tuple[Floats, Floats], queries: tuple[Floats, Floats]) -> Floats:
    """Gower's distance to the best of the eight nearest rows of the normal-score encoding.

    Each pair holds the same rows in both encodings, normal scores first. For wide tables, where
    a Manhattan search over all pairs has no fast form; never below the true nearest distance.
    """
    count = min(_CANDIDATES, len(reference[0]))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(reference[0])
    places = search.kneighbors(queries[0], return_distance=False)
    each = [np.abs(queries[1] - reference[1][p]).sum(1) for p in places.T]
    return np.asarray(np.min(each, axis=0))


def encoded(ctx: EvalContext, scale: Scale = "normal") -> tuple[Floats, Floats, Floats]:
    """Training, holdout and synthetic rows as matrices; the real ones are computed once."""
    columns = ctx.columns
    names = tuple(c.name for c in columns)
    transform = encoder(ctx, columns, scale).transform
    train = ctx.real(("encoded T", scale, names), lambda: transform(ctx.train))
    holdout = ctx.real(("encoded H", scale, names), lambda: transform(ctx.holdout))
    synthetic = ctx.own(("encoded S", scale), lambda: transform(ctx.synthetic))
    return train, holdout, synthetic
