"""D1 and D2: are the levels, and the combinations of two, that real people have still there?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.stats import hypergeom

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Ints, is_number, level_counts
from synthcraft.tools.metrics.pairs import tables
from synthcraft.tools.metrics.registry import metric

_RARE = 50
Counted = tuple[str, Ints]
"""A column, and the synthetic rows of each level of it that is asked for."""


def expected_share(counts: Ints, rows: int, size: int) -> float:
    """Share of cells that a draw of `size` of the rows would still hit, without replacement."""
    each, times = np.unique(counts, return_counts=True)
    missed = hypergeom.pmf(0, rows, each, size)
    return float(1 - np.average(missed, weights=times))


def _levels(ctx: EvalContext, least: int, most: float) -> list[Counted]:
    """Synthetic rows of the levels with that many training rows, for each column that has any."""
    found = []
    for name in (c.name for c in ctx.columns if not is_number(c)):
        real = ctx.real(("level counts", name), partial(level_counts, ctx.train[name]))
        wanted = [text for text, count in real.items() if least <= count <= most]
        if wanted:
            have = level_counts(ctx.synthetic[name])
            found.append((name, np.array([have.get(text, 0) for text in wanted])))
    return found


def _values(ctx: EvalContext, found: Sequence[Counted], what: str) -> list[Value]:
    """The share of all cells that are there, then of each column's that lacks one."""
    counts = np.concatenate([cells for _, cells in found])
    size = min(len(ctx.synthetic), len(ctx.holdout))
    scaled = expected_share(counts, len(ctx.synthetic), size)
    message = (
        f"{int((counts == 0).sum())} of {len(counts)} {what} are absent. "
        f"At the holdout's number of rows: {scaled:.3f}."
    )
    rows = [Value(float((cells > 0).mean()), column=name) for name, cells in found]
    return [
        Value(float((counts > 0).mean()), message=message),
        *(row for row in rows if row.value != 1),
    ]


@metric(
    "diversity.category_coverage",
    family="fidelity",
    title="Levels that are still there",
    explanation="At 1: every level that ten or more real people have occurs.",
    direction="higher",
    ideal=1.0,
    floor="C",
    needs=("rows",),
)
def category_coverage(ctx: EvalContext) -> list[Value]:
    """Share of the levels with at least ten training rows that occur in S, 0 to 1; higher better.

    Columns that lack a level have rows of their own. Source: evaluation 4.2, D1.
    """
    found = _levels(ctx, MIN_CELL, np.inf)
    return _values(ctx, found, "levels") if found else []


@metric(
    "diversity.rare_levels",
    family="fidelity",
    title="Rare levels that are still there",
    explanation="Near 1: levels that ten to fifty real people have occur.",
    direction="higher",
    ideal=1.0,
    floor="C",
    needs=("rows",),
)
def rare_levels(ctx: EvalContext) -> list[Value]:
    """Share of the levels with 10 to 50 training rows that occur in S, 0 to 1; higher is better.

    Source: evaluation 4.2, D2.
    """
    found = _levels(ctx, MIN_CELL, _RARE)
    if not found:
        return [Value(None, message="No level has 10 to 50 training rows.")]
    return _values(ctx, found, "rare levels")


@metric(
    "diversity.cell_coverage",
    family="fidelity",
    title="Combinations of two values that are still there",
    explanation="Near 1: pairs of values that ten or more real people have occur together.",
    direction="higher",
    ideal=1.0,
    floor="C",
    needs=("rows",),
)
def cell_coverage(ctx: EvalContext) -> list[Value]:
    """Share of two-way cells with at least ten training rows that occur in S, 0 to 1.

    Higher is better; cells as in the two-way tables of F4. The message names the pair of columns
    with the most absent cells. Source: evaluation 4.2, D1.
    """
    if len(ctx.columns) < 2:
        return []
    cells = tables(ctx)
    held = cells.real >= MIN_CELL
    if not held.any():
        return []
    (whole, *_) = _values(ctx, [("", cells.synthetic[held])], "cells")
    absent = cells.per_pair((held & (cells.synthetic == 0)).astype(float))
    if absent.any():
        first, second = cells.pairs[int(absent.argmax())]
        return [Value(whole.value, message=f"{whole.message} Most of them: {first} and {second}.")]
    return [whole]
