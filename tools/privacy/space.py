"""Where attacks measure distance: encodings that know training and held-back rows alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints
from synthcraft.tools.metrics.encoder import Scale, encoder
from synthcraft.tools.table_schema import Column

CANDIDATES = 8
_CELLS = 4_000_000


@dataclass(frozen=True)
class Rows:
    """The same rows as normal scores (Euclidean distance) and in Gower's form (Manhattan)."""

    normal: Floats
    gower: Floats

    def __len__(self) -> int:
        return len(self.normal)

    def take(self, places: Ints) -> Rows:
        """Some of the rows."""
        return Rows(self.normal[places], self.gower[places])


@dataclass(frozen=True)
class Near:
    """The nearest reference rows of each row: distances, nearest first, and Gower's best place.

    Gower's distances are taken to the Euclidean neighbours, so they are never below the true ones.
    """

    normal: Floats
    gower: Floats
    place: Ints

    def by(self, scale: Scale) -> Floats:
        """Distances in one of the two forms."""
        return self.normal if scale == "normal" else self.gower


def pooled(ctx: EvalContext) -> EvalContext:
    """All real rows as training rows: maps fitted on them cannot tell one side from the other.

    Fitted on T alone, a map has seen each level and extreme of T and not those of H, so that
    attacks on fresh rows would not start from chance.
    """
    frames = [ctx.train, ctx.holdout]
    return ctx.real("pooled", lambda: replace(ctx, train=pd.concat(frames, ignore_index=True)))


def placed(ctx: EvalContext, frame: pd.DataFrame, columns: tuple[Column, ...]) -> Rows:
    """Rows of a frame in both encodings."""
    whole = pooled(ctx)
    normal, gower = (encoder(whole, columns, s).transform(frame) for s in ("normal", "gower"))
    return Rows(normal, gower)


def real_rows(ctx: EvalContext, columns: tuple[Column, ...] | None = None) -> Rows:
    """Training rows, then holdout rows."""
    chosen = ctx.columns if columns is None else columns
    key = ("real rows", tuple(c.name for c in chosen))
    return ctx.real(key, lambda: placed(ctx, pooled(ctx).train, chosen))


def order(ctx: EvalContext) -> Ints:
    """Synthetic rows sorted by content, so that nothing depends on how the file was sorted."""

    def build() -> Ints:
        matrix = placed(ctx, ctx.synthetic, ctx.columns).gower
        return np.asarray(np.lexsort(matrix.T[::-1]), dtype=np.int64)

    return ctx.own("order", build)


def synthetic_rows(ctx: EvalContext, columns: tuple[Column, ...] | None = None) -> Rows:
    """Synthetic rows, sorted by content."""
    chosen = ctx.columns if columns is None else columns
    key = ("synthetic rows", tuple(c.name for c in chosen))
    return ctx.own(key, lambda: placed(ctx, ctx.synthetic.iloc[order(ctx)], chosen))


def near(reference: Rows, queries: Rows, count: int = CANDIDATES) -> Near:
    """The `count` Euclidean neighbours of each query, with Gower's distance to the same rows.

    Blocks of rows, so that memory grows with the rows and not with their pairs.
    """
    count = min(count, len(reference))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(reference.normal)
    distance, place = search.kneighbors(queries.normal)
    gower = np.empty_like(distance)
    step = max(1, _CELLS // max(1, queries.gower.shape[1]))
    for begin in range(0, len(queries), step):
        block = slice(begin, begin + step)
        for each in range(count):
            apart = np.abs(queries.gower[block] - reference.gower[place[block, each]])
            gower[block, each] = apart.sum(1)
    best = np.take_along_axis(place, gower.argmin(1)[:, None], 1)[:, 0]
    return Near(distance, np.sort(gower, axis=1), best)


def to_synthetic(ctx: EvalContext) -> Near:
    """The nearest synthetic rows of all training, then all holdout rows; searched once."""
    return ctx.own("to synthetic", lambda: near(synthetic_rows(ctx), real_rows(ctx)))


def to_training(ctx: EvalContext) -> Near:
    """The nearest training rows of each holdout row; searched once per split."""
    rows, members = real_rows(ctx), len(ctx.train)
    train, holdout = rows.take(np.arange(members)), rows.take(np.arange(members, len(rows)))
    key = ("to training", tuple(c.name for c in ctx.columns))
    return ctx.real(key, lambda: near(train, holdout))
