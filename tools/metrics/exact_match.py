"""The exact-match rule: no synthetic row may equal a training row where chance cannot do it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import is_number, numbers
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.rows import row_hashes

_CHANCE = 0.01
_DEPENDENCE = 10.0


def unlike_strangers(ctx: EvalContext, people: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows of real people that strangers' rows are not expected to equal by chance.

    Expected matches: 10 k n prod_j sum_v p_jv^2 (10 for dependence), for each pattern of missing
    values by itself: who was hardly measured has little left to differ in. Patterns count from the
    least expected on, as long as all of them together stay under 0.01.
    """
    gaps = np.column_stack([people[c.name].isna() for c in ctx.columns])
    patterns, place, counts = np.unique(gaps, axis=0, return_inverse=True, return_counts=True)
    repeat = np.array([_repeat(people[c.name], is_number(c)) for c in ctx.columns])
    pairs = len(ctx.synthetic) * len(people) * (counts / len(people)) ** 2
    expected = _DEPENDENCE * pairs * np.where(patterns, 1.0, repeat).prod(axis=1)
    order = np.argsort(expected)
    rare = np.zeros(len(patterns), dtype=bool)
    rare[order] = np.cumsum(expected[order]) < _CHANCE
    return np.asarray(rare[np.ravel(place)])


def _repeat(series: pd.Series[Any], number: bool) -> float:
    """Chance that two known values are equal."""
    codes = pd.factorize(numbers(series) if number else series)[0]
    counts = np.bincount(codes[codes >= 0])
    return float(((counts / max(counts.sum(), 1)) ** 2).sum())


@metric(
    "sanity.exact_match",
    family="sanity",
    title="No training row is repeated",
    explanation="Zero synthetic rows equal to a training row, where chance would make none.",
    needs=("rows",),
    tier="quick",
)
def exact_match(ctx: EvalContext) -> list[Value]:
    """Share of synthetic rows that equal a training row; blocks only on fine-grained tables.

    On coarse tables, and among rows with the same values missing, strangers coincide: there the
    near-copy test decides instead.
    Source: evaluation 4.3.
    """
    people = pd.concat([ctx.train, ctx.holdout], ignore_index=True)
    hashes, synthetic = row_hashes(ctx.columns, people), row_hashes(ctx.columns, ctx.synthetic)
    seen = hashes if ctx.holdout_seen else hashes[: len(ctx.train)]
    share = float(np.isin(synthetic, seen).mean())
    if np.array_equal(np.sort(synthetic), np.sort(seen)):
        return [Value(share, score=share, message="The file is the real table, row for row.")]
    rare = unlike_strangers(ctx, people)
    if rare.any() and len(np.unique(hashes[rare])) == rare.sum():
        repeated = float(np.isin(synthetic, seen[rare[: len(seen)]]).mean())
        message = "Synthetic rows repeat training rows in full." if repeated else ""
        return [Value(share, score=repeated, message=message)]
    coarse = "Strangers coincide in a table this coarse;"
    if ctx.holdout_seen:
        message = f"{coarse} without rows that were kept away nothing tells copies from chance."
        return [Value(share, status="not_assessed", message=message)]
    return [Value(share, score=0.0, message=f"{coarse} the near-copy test decides.")]
