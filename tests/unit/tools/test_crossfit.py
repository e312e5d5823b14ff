"""Small-event mode: folds, the pooled AUC, its error, and what the metrics say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.folds import assign_folds, people_of, strata_of
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.crossfit import Fold, pooled_auc, standard_error
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.table_schema import Column, TableSchema

SCHEMA = TableSchema(
    columns=(
        Column(name="age", kind="numeric", dtype="float64", decimals=1),
        Column(name="sex", kind="binary", dtype="string", categories=("f", "m")),
        Column(name="ill", kind="binary", dtype="Int64", categories=(0, 1)),
    )
)


def people(n: int, events: int, seed: int) -> pd.DataFrame:
    """So many rows with so many events, whose age and sex say something."""
    rng = np.random.default_rng(seed)
    ill = rng.permutation(np.arange(n) < events).astype(int)
    return pd.DataFrame(
        {
            "age": (rng.normal(50, 10, n) + 12 * ill).round(1),
            "sex": pd.Series(np.where(rng.random(n) < 0.5 + 0.2 * ill, "m", "f"), dtype="string"),
            "ill": pd.Series(ill, dtype="Int64"),
        }
    )


def context(table: pd.DataFrame, synthetic_of: pd.DataFrame | None = None) -> EvalContext:
    """The table in five folds; each fold's generator hands back what it was given, or a table."""
    fold = assign_folds(strata_of(table["ill"]), 5, np.random.default_rng(1))
    folds = []
    for k in range(5):
        train, held = table[fold != k], table[fold == k]
        folds.append(Fold(train, held, train if synthetic_of is None else synthetic_of))
    return EvalContext(
        table, table.iloc[:0], table, table, SCHEMA, target="ill", task="classification",
        seed=1, folds=tuple(folds),
    )  # fmt: skip


def run(ctx: EvalContext) -> dict[str, Result]:
    results, _ = evaluate(ctx, ("crossfit",), default_thresholds("sharing"))
    return {r.metric_id: r for r in results}


def test_folds_are_even_stratified_and_keep_people_whole() -> None:
    rng = np.random.default_rng(0)
    person = pd.Series(rng.integers(0, 400, 1000).astype(object))
    person[:7] = None
    event = strata_of(pd.Series(rng.random(1000) < 0.05))
    fold = assign_folds(event, 5, rng, people_of(person))
    assert person.groupby(fold).nunique().sum() == person.nunique()
    sizes, events = np.bincount(fold), np.bincount(fold, weights=event)
    assert sizes.max() - sizes.min() < 60 and events.max() - events.min() <= 6
    alone = assign_folds(event, 5, rng)
    assert np.ptp(np.bincount(alone)) <= 1
    assert np.ptp(np.bincount(alone, weights=event)) <= 1


def test_pooled_auc_counts_pairs_within_folds_only() -> None:
    rng = np.random.default_rng(1)
    event = rng.random(400) < 0.1
    scores = (rng.normal(size=400) + event).round(1)
    one = pooled_auc(scores, event, np.zeros(400, dtype=int))
    assert one.value == pytest.approx(roc_auc_score(event, scores))
    fold = rng.integers(0, 5, 400)
    # another scale in every fold would ruin an AUC over all rows
    moved = pooled_auc(scores + 100.0 * fold, event, fold)
    assert moved.value == pytest.approx(pooled_auc(scores, event, fold).value)
    each = [(roc_auc_score(event[fold == k], scores[fold == k]),
             event[fold == k].sum() * (~event[fold == k]).sum()) for k in range(5)]  # fmt: skip
    values, pairs = np.array(each).T
    assert moved.value == pytest.approx((values * pairs).sum() / pairs.sum())


def test_five_folds_halve_the_error_of_one_holdout() -> None:
    """Evaluation 1: about 0.024 with all 123 events of 2,924 people against 0.054 with 25."""
    rng = np.random.default_rng(2)
    event = np.arange(2924) < 123
    pooled, alone, said = [], [], []
    for _ in range(300):
        # exponential scores of ratio 4: the AUC is 0.80, as Hanley and McNeil take it to be
        scores = rng.exponential(np.where(event, 4.0, 1.0))
        fold = assign_folds(event.astype(int), 5, rng)
        found = pooled_auc(scores, event, fold)
        pooled.append(found.value)
        said.append(found.error)
        held = fold == 0
        alone.append(pooled_auc(scores[held], event[held], fold[held]).value)
    assert np.mean(pooled) == pytest.approx(0.80, abs=0.005)
    assert np.std(pooled) == pytest.approx(0.024, abs=0.003)
    assert np.mean(said) == pytest.approx(np.std(pooled), rel=0.1)
    assert np.std(alone) == pytest.approx(0.054, abs=0.006)


def test_the_paired_error_is_that_of_the_difference() -> None:
    rng = np.random.default_rng(3)
    event = np.arange(1000) < 60
    fold = assign_folds(event.astype(int), 5, rng)
    differences, said = [], []
    for _ in range(300):
        base = rng.normal(size=1000) + event
        one, other = (pooled_auc(base + rng.normal(0, s, 1000), event, fold) for s in (0.3, 0.6))
        differences.append(one.value - other.value)
        said.append(standard_error(one.influence - other.influence, event))
    assert np.mean(said) == pytest.approx(np.std(differences), rel=0.15)


def test_rows_as_synthetic_lose_nothing_and_noise_loses_all() -> None:
    table = people(600, 60, 1)
    same = run(context(table))
    assert same["crossfit.delta_linear"].value == 0
    assert same["crossfit.tstr_linear"].status == "pass"
    assert "60 events in 5 folds" in same["crossfit.tstr_linear"].message
    noise = table.assign(ill=np.random.default_rng(5).permutation(table["ill"])).astype(
        {"ill": "Int64"}
    )
    lost = run(context(table, noise))
    assert lost["crossfit.delta_linear"].status == "fail"
    assert (lost["crossfit.delta_linear"].ci_high or 0) < -0.05
    assert lost["crossfit.tstr_linear"].value == pytest.approx(0.5, abs=0.15)


def test_few_events_cannot_be_assessed_and_missing_folds_give_their_reason() -> None:
    assert {r.status for r in run(context(people(300, 1, 1))).values()} == {"suppressed"}
    few = run(context(people(300, 8, 1)))
    assert {r.status for r in few.values()} == {"suppressed"}
    assert all("under 10 people" in r.message for r in few.values())
    none = run(replace(context(people(300, 60, 1)), folds=(), folds_missing="No time is left."))
    assert {r.status for r in none.values()} == {"not_assessed"}
    assert {r.message for r in none.values()} == {"No time is left."}


def test_an_outcome_near_one_half_is_the_same_event_in_every_fold() -> None:
    found = run(context(people(400, 200, 1)))
    assert (found["crossfit.tstr_linear"].value or 0) > 0.7
