"""Nearest neighbours in chunks: no distance matrix is ever held."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.encoder import Scale, encoder

_TREE_COLUMNS = 8
ZERO = 1e-6
"""Distances below this are exact copies, up to rounding."""


def nearest(reference: Floats, queries: Floats, scale: Scale = "normal") -> tuple[Floats, Ints]:
    """Distance to, and place of, each query's nearest reference row.

    Euclidean for the normal-score encoding, Manhattan for Gower's.
    """
    if not len(queries):
        return np.empty(0), np.empty(0, dtype=np.int64)
    metric = "euclidean" if scale == "normal" else "manhattan"
    method = "kd_tree" if reference.shape[1] <= _TREE_COLUMNS else "brute"
    search = NearestNeighbors(n_neighbors=1, algorithm=method, metric=metric).fit(reference)
    distance, place = search.kneighbors(queries)
    return distance[:, 0], place[:, 0]


def encoded(ctx: EvalContext, scale: Scale = "normal") -> tuple[Floats, Floats, Floats]:
    """Training, holdout and synthetic rows as matrices; the real ones are computed once."""
    columns = ctx.columns
    names = tuple(c.name for c in columns)
    transform = encoder(ctx, columns, scale).transform
    train = ctx.real(("encoded T", scale, names), lambda: transform(ctx.train))
    holdout = ctx.real(("encoded H", scale, names), lambda: transform(ctx.holdout))
    synthetic = ctx.own(("encoded S", scale), lambda: transform(ctx.synthetic))
    return train, holdout, synthetic
