"""Planted copies are caught, fresh rows are not: the near-copy test and its smoke test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances

from synthcraft.tools.decision import decide
from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.neighbours import nearest
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.privacy.copies import CopyTest, copy_test, dcr_test
from synthcraft.tools.privacy.space import Near
from synthcraft.tools.table_schema import Column, TableSchema

SCHEMA = TableSchema(
    columns=(
        *(Column(name=f"x{i}", kind="numeric", dtype="float64", decimals=2) for i in range(4)),
        Column(name="group", kind="category", dtype="string", categories=("a", "b", "c")),
    )
)


def rows(n: int, rng: np.random.Generator) -> pd.DataFrame:
    common = rng.normal(0, 1, n)
    frame = {f"x{i}": (common + rng.normal(0, 1, n)).round(2) for i in range(4)}
    return pd.DataFrame({**frame, "group": pd.Series(rng.choice(list("abc"), n), dtype="string")})


def planted(share: float, seed: int, jitter: float = 0.0) -> EvalContext:
    """Fresh rows, of which as many as `share` of the training rows are copies of them."""
    rng = np.random.default_rng(seed)
    train, holdout, synthetic = rows(2000, rng), rows(500, rng), rows(2000, rng)
    count = int(share * len(train))
    copied = train.sample(count, random_state=seed)
    for i in range(4):
        copied[f"x{i}"] += rng.normal(0, jitter, count) if jitter else 0.0
    synthetic = pd.concat([synthetic.iloc[count:], copied], ignore_index=True)
    return EvalContext(train, train.iloc[:0], holdout, synthetic, SCHEMA, seed=seed)


def test_fresh_rows_are_not_blocked() -> None:
    tests = [copy_test(planted(0.0, seed)) for seed in range(40)]
    assert sum(t.p < 0.01 for t in tests) <= 2
    assert abs(float(np.mean([t.excess for t in tests]))) < 0.002


@pytest.mark.parametrize("share", [0.02, 0.10])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_copies_are_caught(share: float, seed: int) -> None:
    test = copy_test(planted(share, seed))
    assert test.p < 0.01
    assert test.excess == pytest.approx(share, abs=0.01)


def test_one_percent_of_exact_copies_always_blocks() -> None:
    """The near-copy test alone finds about half of them; the exact-match rule the rest."""
    thresholds = default_thresholds("sharing")
    for seed in range(4):
        results, _ = evaluate(planted(0.01, seed), ("sanity", "privacy_metrics"), thresholds)
        assert decide(results, "privacy").state == "BLOCKED"
    assert sum(copy_test(planted(0.015, seed)).p < 0.01 for seed in range(10)) >= 9


def test_jittered_copies_are_caught_with_either_distance() -> None:
    ctx = planted(0.05, 3, jitter=0.01)
    assert copy_test(ctx).p < 0.01
    assert copy_test(ctx, "gower").p < 0.01


def test_the_effect_called_detectable_is_detected_and_one_copy_less_is_not() -> None:
    base = copy_test(planted(0.0, 5))
    count = round(base.detectable * base.n_train)
    background = round(base.hits_holdout / base.n_holdout * base.n_train)

    def with_copies(copies: int) -> CopyTest:
        hits = copies + background
        return CopyTest(hits, base.hits_holdout, base.n_train, base.n_holdout, base.tau)

    assert with_copies(count).p < 0.01 <= with_copies(count - 1).p


def test_a_few_near_copies_are_referred_and_a_leak_is_failed() -> None:
    thresholds = default_thresholds("sharing")

    def status(ctx: EvalContext) -> str:
        results, _ = evaluate(ctx, ("privacy_metrics",), thresholds)
        return next(r.status for r in results if r.metric_id == "privacy.copies")

    assert status(planted(0.003, 1)) == "refer"
    assert status(planted(0.05, 1)) == "fail"
    results, _ = evaluate(planted(0.003, 1), (), thresholds)
    exact = next(r for r in results if r.metric_id == "sanity.exact_match")
    assert exact.status == "fail"


def test_exact_matches_of_a_coarse_table_are_left_to_the_copy_test() -> None:
    rng = np.random.default_rng(0)
    schema = SCHEMA.only(("group",))
    frames = [rows(n, rng)[["group"]] for n in (300, 100, 300)]
    ctx = EvalContext(frames[0], frames[0], frames[1], frames[2], schema)
    results, _ = evaluate(ctx, ("sanity", "privacy_metrics"), default_thresholds("sharing"))
    found = {r.metric_id: r for r in results}
    assert found["sanity.exact_match"].value == 1.0
    assert found["sanity.exact_match"].status == "pass"
    assert found["privacy.copies"].value == 0.0
    assert found["privacy.copies"].status in {"pass", "uninformative"}


def test_permutation_error_of_the_smoke_test_matches_its_null() -> None:
    rng = np.random.default_rng(4)
    scores = [
        dcr_test(rng.normal(size=(400, 3)), rng.normal(size=(100, 3)), rng.normal(size=(900, 3))).z
        for _ in range(120)
    ]
    assert 0.8 < float(np.std(scores)) < 1.2
    assert abs(float(np.mean(scores))) < 0.3


@pytest.mark.parametrize("narrow", [True, False])
def test_neighbours_agree_with_brute_force(narrow: bool) -> None:
    rng = np.random.default_rng(1)
    reference, queries = rng.normal(size=(200, 6)), rng.normal(size=(90, 6))
    full = pairwise_distances(queries, reference)
    distance, place = nearest(reference, queries, narrow=narrow)
    assert distance == pytest.approx(full.min(1))
    assert (place == full.argmin(1)).all()


def wide_planted(share: float, scale_of_jitter: float) -> EvalContext:
    """Twenty columns, too many for a tree."""
    names = tuple(f"x{i}" for i in range(20))
    schema = TableSchema(
        columns=tuple(Column(name=n, kind="numeric", dtype="float64") for n in names)
    )
    rng = np.random.default_rng(5)
    tables = [pd.DataFrame(rng.normal(size=(n, 20)), columns=names) for n in (600, 300, 600)]
    train, holdout, synthetic = tables
    count = int(share * len(train))
    copied = train.iloc[:count] + rng.normal(0, scale_of_jitter, (count, 20))
    mixed = pd.concat([synthetic.iloc[count:], copied], ignore_index=True)
    return EvalContext(train, train.iloc[:0], holdout, mixed, schema)


@pytest.mark.parametrize("jitter", [0.0, 0.02])
def test_copies_in_a_wide_table_are_caught_with_either_distance(jitter: float) -> None:
    ctx = wide_planted(0.1, jitter)
    assert copy_test(ctx).hits_train == copy_test(ctx, "gower").hits_train == 60
    assert copy_test(ctx).p < 0.01 and copy_test(ctx, "gower").p < 0.01
    fresh = wide_planted(0.0, 0.0)
    assert copy_test(fresh).p > 0.05 and copy_test(fresh, "gower").p > 0.05
    results, _ = evaluate(ctx, ("privacy_metrics",), default_thresholds("sharing"))
    row = next(r for r in results if r.metric_id == "privacy.copies")
    assert row.status == "fail"


def test_a_leak_that_shows_only_at_another_distance_is_referred() -> None:
    ctx = planted(0.0, 3)
    unit = 2 * copy_test(ctx).tau
    near = np.full((len(ctx.train) + len(ctx.holdout), 1), np.inf)
    near[:100] = 0.8 * unit  # beyond half the centile, within the whole
    ctx._own["to synthetic"] = Near(near, near.copy(), np.zeros(len(near), dtype=np.int64))
    assert copy_test(ctx).p == 1.0 and copy_test(ctx, share=1.0).p < 0.01
    results, _ = evaluate(ctx, ("privacy_metrics",), default_thresholds("sharing"))
    row = next(r for r in results if r.metric_id == "privacy.copies")
    assert row.status == "refer" and "another distance" in row.message


def test_ties_favour_neither_side_of_the_smoke_test() -> None:
    rng = np.random.default_rng(2)
    coarse = [rng.integers(0, 2, (n, 4)).astype(float) for n in (800, 200, 900)]
    test = dcr_test(*coarse)
    assert test.share == pytest.approx(test.expected, abs=0.03) and abs(test.z) < 3
