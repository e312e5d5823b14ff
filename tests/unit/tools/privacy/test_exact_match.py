"""Repeated rows block where chance cannot make them, and only there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.exact_match import exact_match, unlike_strangers

Parts = Callable[..., EvalContext]


def with_gaps(people: Parts, everyone: pd.DataFrame, seed: int) -> EvalContext:
    """Real people of whom some were hardly measured."""
    ctx = people(seed)
    mixed = everyone.sample(frac=1, random_state=seed)
    parts = [mixed.iloc[a:b].reset_index(drop=True) for a, b in ((0, 2000), (2000, 3000))]
    fresh = mixed.iloc[3000:5000].reset_index(drop=True)
    return EvalContext(parts[0], parts[0].iloc[:0], parts[1], fresh, ctx.schema)


def repeated(ctx: EvalContext, rows: pd.DataFrame) -> Value:
    mixed = pd.concat([ctx.synthetic.iloc[len(rows) :], rows], ignore_index=True)
    return exact_match(ctx.with_synthetic(mixed))[0]


def test_people_who_were_hardly_measured_may_coincide(
    people: Parts, everyone: pd.DataFrame
) -> None:
    """A quarter of such tables hold a stranger's row by chance."""
    found = [exact_match(with_gaps(people, everyone, seed))[0] for seed in range(30)]
    assert sum(v.value > 0 for v in found) >= 3
    assert [v.score for v in found] == [0.0] * 30


def test_a_repeated_row_without_gaps_blocks_all_the_same(
    people: Parts, everyone: pd.DataFrame
) -> None:
    ctx = with_gaps(people, everyone, 1)
    whole = ctx.train.dropna().iloc[:6]
    assert repeated(ctx, whole).score == pytest.approx(6 / 2000)
    gaps = ctx.train[ctx.train.isna().sum(axis=1) == 4].iloc[:6]
    assert repeated(ctx, gaps).score == 0


def test_what_no_stranger_equals_is_told_by_pattern(people: Parts, everyone: pd.DataFrame) -> None:
    ctx = with_gaps(people, everyone, 2)
    rare = unlike_strangers(ctx, ctx.train)
    gaps = ctx.train.isna().sum(axis=1).to_numpy()
    assert rare[gaps == 0].all() and not rare[gaps == 4].any()
    assert np.unique(rare[gaps == 0]).size == 1
