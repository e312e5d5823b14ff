"""V8: can two partial records of one person be joined through the file?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.excess import judged, shares
from synthcraft.tools.privacy.patterns import patterns, targets
from synthcraft.tools.table_schema import Column


@metric(
    "privacy.linkage",
    family="privacy_metrics",
    title="Linking two partial records",
    explanation="Near zero: the file joins records of training people no better than of others.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout", "separate"),
)
def linkage(ctx: EvalContext) -> list[Value]:
    """V8: share of training people whose two partial records meet in a synthetic row, minus H's.

    One record holds the quasi-identifiers and the other the rest, or each a random half of the
    columns. They meet if a synthetic row is nearest to both by Gower's distance. -1 to 1, ideal 0.
    Source: evaluation 4.5.
    """
    if len(ctx.columns) < 2:
        message = "Two columns are needed for two partial records."
        return [Value(None, status="not_assessed", message=message)]
    one, other = (patterns(ctx, columns) for columns in _halves(ctx))
    size = int(other.synthetic.max()) + 1
    made = one.synthetic * size + other.synthetic
    met = np.isin(one.nearest * size + other.nearest, made)
    members = len(targets(ctx).train)
    inside, outside = met[:members], met[members:]
    found = shares(float(inside.mean()), members, float(outside.mean()), len(outside))
    return judged([replace(found, people=members)])


def _halves(ctx: EvalContext) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    columns = ctx.columns
    named = tuple(c for c in columns if c.name in ctx.quasi_identifiers)
    if named and len(named) < len(columns):
        return named, tuple(c for c in columns if c not in named)
    mixed = [columns[i] for i in ctx.rng("two records").permutation(len(columns))]
    middle = (len(mixed) + 1) // 2
    return tuple(mixed[:middle]), tuple(mixed[middle:])
