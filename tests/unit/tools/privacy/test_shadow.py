"""Shadow models: fair where nothing leaks, sharp where a generator memorises, honest about time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.privacy.shadow import learn, shadow_attack, targets
from synthcraft.tools.privacy.shadow_engine import first_that_fits, no_time, own, stand_in
from synthcraft.tools.privacy.shadow_halves import Halves, Shadows, draw_halves

Parts = Callable[..., EvalContext]
Maker = Callable[[pd.DataFrame, int, np.random.Generator], pd.DataFrame]


def memorising(rows: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """A generator that hands out a fifth of its rows as they are, and shuffled columns else."""
    copies = count // 5
    mixed = rows.apply(lambda column: column.sample(count, replace=True, random_state=rng).array)
    kept = rows.iloc[rng.permutation(len(rows))[:copies]]
    return pd.concat([mixed.iloc[copies:], kept], ignore_index=True)


def shadowed(ctx: EvalContext, maker: Maker, count: int = 8, seed: int = 0) -> EvalContext:
    """The context with tables of generators that were trained on halves of everybody."""
    rng = np.random.default_rng(seed)
    pool = pd.concat([ctx.train, ctx.holdout], ignore_index=True)
    halves = draw_halves(np.arange(len(pool)), count, rng)
    made = (maker(pool[half].reset_index(drop=True), len(ctx.synthetic), rng)
            for half in halves.inside)  # fmt: skip
    return replace(ctx, shadows=Shadows(halves, tuple(made), "Trained by a test."))


def result(ctx: EvalContext) -> Result:
    (spec,) = metrics_of(("shadow",), "publication")
    (row,) = run_metric(spec, ctx, default_thresholds("sharing")[spec.id])
    return row


def test_it_belongs_to_the_publication_tier_alone() -> None:
    assert not metrics_of(("shadow",), "standard")


def test_fresh_rows_start_from_chance(made: Parts) -> None:
    rows = [result(shadowed(made(seed=seed), memorising, seed=seed)) for seed in range(12)]
    values = [row.value or 0.0 for row in rows]
    assert np.mean(values) == pytest.approx(0.5, abs=0.06)
    assert sum(row.status == "fail" for row in rows) <= 1
    assert all(row.mde and row.mde > 0.6 for row in rows)


def test_a_memorising_generator_is_found(made: Parts) -> None:
    ctx = made(rows=900, holdout=600)
    leaks = memorising(ctx.train, 4500, np.random.default_rng(5))
    row = result(shadowed(ctx.with_synthetic(leaks), memorising))
    assert row.status == "fail" and (row.ci_low or 0) > 0.5 and (row.value or 0) > 0.8
    assert "Trained by a test." in row.message and row.family == "shadow"


def test_a_copied_file_is_found_by_a_stand_in_that_copies_nothing(made: Parts) -> None:
    def harmless(rows: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
        return memorising(rows, 5 * count, rng).iloc[:count]

    ctx = made(rows=900, holdout=600)
    row = result(shadowed(ctx.with_synthetic(ctx.train), harmless))
    assert row.status == "fail" and (row.value or 0) > 0.9


def test_the_same_seed_gives_the_same_number(made: Parts) -> None:
    one, other = (result(shadowed(made(seed=2), memorising)) for _ in range(2))
    assert one.value == other.value and one.ci_low == other.ci_low
    assert result(shadowed(made(seed=2), memorising, seed=1)).value != one.value


def test_halves_keep_people_whole_and_hold_everyone_half_of_the_time() -> None:
    rng = np.random.default_rng(0)
    people = rng.integers(0, 70, 200)
    halves = draw_halves(people, 8, rng)
    for half in halves.inside:
        assert not set(people[half]) & set(people[~half])
        assert abs(len(set(people[half])) - len(set(people[~half]))) <= 1
    assert (halves.inside.sum(0) == 4).all()
    again = Halves.of(halves.frame)
    assert (again.inside == halves.inside).all() and (again.people == people).all()


def test_rows_of_one_person_count_once(made: Parts) -> None:
    """Every row three times, under one number: as sure as each row once, and no surer."""
    ctx = shadowed(made(rows=300, holdout=200), memorising)
    assert ctx.shadows is not None
    alone = result(ctx)
    chosen = shadow_attack(ctx, ctx.shadows)
    few = Halves(ctx.shadows.halves.inside, ctx.shadows.halves.people // 3)
    together = result(replace(ctx, shadows=replace(ctx.shadows, halves=few)))
    assert alone.value == together.value and (together.mde or 0) > (alone.mde or 0)
    assert len(set(chosen.people) & set(chosen.places)) == 0


def test_targets_are_the_outliers_and_enough_of_them(made: Parts) -> None:
    ctx = made(rows=400, holdout=200)
    train = ctx.train.copy()
    train.loc[:4, "dose"] = 500.0 + np.arange(5)
    chosen = targets(replace(ctx, train=train))
    assert set(range(5)) <= set(chosen) and len(chosen) == 60  # 20 of 200: a tenth of all
    assert len(targets(made(rows=100, holdout=20))) == 120


def test_learning_keeps_the_direction_and_bears_tables_without_any_spread() -> None:
    inside = np.array([[True, False], [False, True], [True, True], [False, False]])
    exact = learn(np.where(inside, 0.0, 1.0), inside)
    assert exact.score(np.array([0.0, 1.0]))[0] > exact.score(np.array([0.0, 1.0]))[1]
    flat = learn(np.zeros((4, 2)), inside).score(np.zeros(2))
    assert np.isfinite(flat).all()
    backwards = learn(np.where(inside, 1.0, 0.0), inside)
    assert (backwards.shift < 0).all()


def test_what_cannot_be_done_says_why(made: Parts) -> None:
    row = result(replace(made(), shadows_missing="No time is left."))
    assert row.status == "not_assessed" and row.message == "No time is left."
    seen = result(replace(made(), holdout_seen="No holdout was given."))
    assert seen.status == "not_assessed" and seen.message == "No holdout was given."


def test_the_files_own_generator_goes_first_then_the_stand_in_then_none() -> None:
    slow = own("ctgan", {"n_iter": 300}, 60.0, 32)
    fast = stand_in(1000, 8, 32, "32 fits of ctgan would take too long")
    assert first_that_fits([slow, fast], 60) is slow
    assert first_that_fits([slow, fast], 5) is fast and "stand-in" in fast.said
    assert first_that_fits([slow, fast], 0.01) is None
    assert "of the time limit are left" in no_time(fast, -1.0)
