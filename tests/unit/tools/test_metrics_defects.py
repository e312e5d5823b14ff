"""Planted defects of real tables are seen by the measure meant for them, and by few others."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics import anchors
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.kernel import discrepancy
from synthcraft.tools.metrics.neighbourhoods import about
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.table_schema import Column, TableSchema

FILE = Path(__file__).parents[4] / "shared" / "data" / "nhanes" / "nhanes_2021_2023.csv"
needs_nhanes = pytest.mark.skipif(not FILE.exists(), reason="needs ../shared/data/nhanes")

SCHEMA = TableSchema(
    columns=(
        Column(name="age", kind="integer", dtype="Int64"),
        Column(name="gender", kind="binary", dtype="string", categories=("Female", "Male")),
        Column(name="ethnicity", kind="category", dtype="string"),
        Column(name="bmi", kind="numeric", dtype="float64", decimals=1, nullable=True),
        Column(name="total_cholesterol", kind="integer", dtype="Int64", nullable=True),
        Column(name="insulin", kind="numeric", dtype="float64", decimals=2, nullable=True),
        Column(name="heart_attack", kind="binary", dtype="Int64", categories=(0, 1)),
    )
)
IDENTICAL = {
    "fidelity.column_distance": 0.0,
    "fidelity.worst_column": 0.0,
    "fidelity.standardised_difference": 0.0,
    "fidelity.wasserstein": 0.0,
    "fidelity.jensen_shannon": 0.0,
    "fidelity.missingness": 0.0,
    "fidelity.missing_pattern": 0.0,
    "fidelity.association": 0.0,
    "fidelity.worst_association": 0.0,
    "fidelity.pair_distance": 0.0,
    "fidelity.conditional_outcome": 0.0,
    "fidelity.sliced_wasserstein": 0.0,
    "fidelity.alpha_precision": 1.0,
    "diversity.beta_recall": 1.0,
    "diversity.neighbour_coverage": 1.0,
    "diversity.category_coverage": 1.0,
    "diversity.cell_coverage": 1.0,
    "diversity.rare_levels": 1.0,
    "diversity.entropy_ratio": 1.0,
    "diversity.tail_coverage": 1.0,
    "detectability.pmse_ratio": 0.0,
}
"""What the training rows themselves score as a synthetic file."""


@pytest.fixture(scope="module")
def real() -> EvalContext:
    """NHANES in three parts, with a rare level, and two laboratory values missing together."""
    table = pd.read_csv(FILE).astype({c.name: c.dtype for c in SCHEMA.columns})
    rng = np.random.default_rng(1)
    table.loc[rng.random(len(table)) < 0.02, "ethnicity"] = "rare"
    lost = rng.random(len(table)) < 0.15
    table.loc[lost, "insulin"], table.loc[lost, "total_cholesterol"] = np.nan, pd.NA
    order = rng.permutation(len(table))
    holdout, train, synthetic = (
        table.iloc[p].reset_index(drop=True) for p in np.split(order, [585, 1755])
    )
    return EvalContext(
        train, train.iloc[:0], holdout, synthetic, SCHEMA, target="heart_attack",
        task="classification", seed=1,
    )  # fmt: skip


def run(ctx: EvalContext, families: tuple[str, ...] = ("fidelity",)) -> dict[str, Result]:
    rows, _ = evaluate(ctx, families, default_thresholds("sharing"))
    return {r.metric_id: r for r in rows if r.column is None and r.group is None}


def one(ctx: EvalContext, name: str) -> list[Result]:
    """All rows of one metric."""
    spec = next(s for s in metrics_of(("fidelity", "detectability")) if s.id == name)
    return run_metric(spec, ctx, default_thresholds("sharing").get(name))


def number(ctx: EvalContext, name: str) -> float:
    value = one(ctx, name)[0].value
    assert value is not None
    return value


def off(row: Result, value: float | None) -> float:
    """How far from ideal, in the metric's own direction."""
    assert value is not None
    if row.direction == "target":
        assert row.ideal_value is not None
        return abs(value - row.ideal_value)
    return -value if row.direction == "higher" else value


@needs_nhanes
def test_anchors_are_in_order_and_fresh_people_score_like_fresh_people(real: EvalContext) -> None:
    found = run(real, ("fidelity", "detectability"))
    for name, row in found.items():
        if row.family == "sanity" or name == "detectability.c2st_linear":
            continue  # a linear model sees no lost dependence
        assert row.status not in {"error", "fail", "not_assessed"}, name
        assert set(row.anchors) == {"A0", "A1", "A2"}, name
        assert off(row, row.anchors["A1"]) < off(row, row.anchors["A0"]), name
        if row.normalised is not None:
            assert row.normalised > 0.5, name
    assert found["fidelity.mmd"].ci_low is not None and found["fidelity.mmd"].ci_low < 0


@needs_nhanes
def test_the_training_rows_hit_the_known_extremes(real: EvalContext) -> None:
    found = run(real.with_synthetic(real.train), ("fidelity", "detectability"))
    for name, extreme in IDENTICAL.items():
        assert found[name].value == pytest.approx(extreme, abs=0.005), name
    copies = found["diversity.duplicates"]
    assert copies.value == copies.ideal_value
    assert found["fidelity.mmd"].value is not None and found["fidelity.mmd"].value < 0


@needs_nhanes
def test_scores_worsen_from_none_to_all_rows_of_the_floor(real: EvalContext) -> None:
    """Each metric is contaminated with its own floor."""
    frames = {"A3": anchors.uniform, "A4": anchors.shuffled, "C": anchors.collapsed,
              "M": anchors.blanked}  # fmt: skip
    mixed = {}
    for name, build in frames.items():
        bad, k = build(real), len(real.synthetic)
        mixed[name] = [
            real.with_synthetic(
                pd.concat([bad.iloc[:m], real.synthetic.iloc[m:]], ignore_index=True)
            )
            for m in (0, k // 4, k // 2, k)
        ]
    for spec in metrics_of(("fidelity", "detectability")):
        if not spec.floor or spec.id == "detectability.c2st_linear":
            continue
        row = one(mixed[spec.floor][0], spec.id)[0]
        scores = [off(row, spec.compute(ctx)[0].value) for ctx in mixed[spec.floor]]
        slack = 0.25 * (scores[-1] - scores[0])  # a square grows slowly at first
        assert slack > 0, spec.id
        assert all(np.diff(scores) > -slack), (spec.id, scores)


@needs_nhanes
def test_pasted_training_rows_never_make_a_file_look_worse(real: EvalContext) -> None:
    names = ("fidelity.column_distance", "fidelity.pair_distance", "fidelity.mmd",
             "diversity.neighbour_coverage", "fidelity.alpha_precision")  # fmt: skip
    for share in (0.01, 0.02, 0.1):
        m = int(share * len(real.synthetic))
        pasted = pd.concat([real.train.iloc[:m], real.synthetic.iloc[m:]], ignore_index=True)
        for name in names:
            row = one(real, name)[0]
            after = off(row, number(real.with_synthetic(pasted), name))
            assert after < off(row, row.value) + 0.01, (name, share)


@needs_nhanes
def test_an_outcome_at_random_shows_at_the_levels_of_risk_alone(real: EvalContext) -> None:
    order = np.random.default_rng(2).permutation(len(real.synthetic))
    flat = real.synthetic.assign(heart_attack=real.synthetic["heart_attack"].array[order])
    after, before = run(real.with_synthetic(flat)), run(real)
    name = "fidelity.conditional_outcome"
    assert (after[name].value or 0) > 3 * (before[name].value or 0)
    assert after[name].normalised is not None and after[name].normalised < 0.4
    assert after["fidelity.column_distance"].value == before["fidelity.column_distance"].value


@needs_nhanes
def test_values_lost_apart_are_seen_by_the_pattern_and_not_by_the_rate(real: EvalContext) -> None:
    synthetic = real.synthetic.copy()
    order = np.random.default_rng(3).permutation(len(synthetic))
    synthetic["insulin"] = synthetic["insulin"].to_numpy()[order]
    apart = real.with_synthetic(synthetic)
    assert one(apart, "fidelity.missingness")[0].status == "pass"
    assert number(apart, "fidelity.missing_pattern") > 0.2
    assert number(real, "fidelity.missing_pattern") < 0.05


@needs_nhanes
def test_lost_levels_and_tails_are_named(real: EvalContext) -> None:
    lost = real.synthetic[real.synthetic["ethnicity"] != "rare"]
    ctx = real.with_synthetic(lost.assign(bmi=lost["bmi"].clip(22, 38)))
    rare, column = one(ctx, "diversity.rare_levels")
    # the few people with a heart attack are a rare level too
    assert rare.value == 0.5 and "1 of 2 rare levels are absent" in rare.message
    assert column.column == "ethnicity" and column.value == 0
    assert "ethnicity" in one(ctx, "diversity.cell_coverage")[0].message
    tails = {r.column: r.value for r in one(ctx, "diversity.tail_coverage")}
    assert tails["bmi"] == 0 and (tails["age"] or 0) > 0.6
    assert number(real, "diversity.rare_levels") == 1


@needs_nhanes
def test_a_file_that_repeats_itself_is_less_diverse(real: EvalContext) -> None:
    few = real.synthetic.iloc[np.arange(len(real.synthetic)) % 40]
    found = run(real.with_synthetic(few))
    assert found["diversity.duplicates"].value == pytest.approx(1 - 40 / len(few))
    assert (found["diversity.neighbour_coverage"].normalised or 0) < 0.5
    assert (found["diversity.beta_recall"].normalised or 0) < 0.6


@needs_nhanes
def test_a_moved_mean_is_flagged_and_never_fails(real: EvalContext) -> None:
    moved = real.synthetic.assign(bmi=real.synthetic["bmi"] + 4)
    whole, *rows = one(real.with_synthetic(moved), "fidelity.standardised_difference")
    assert whole.status == "refer" and whole.message == "Column: bmi."
    assert {r.column for r in rows if r.status == "refer"} == {"bmi"}


@needs_nhanes
@pytest.mark.parametrize("decimals", [1, None])
def test_more_decimals_do_not_give_a_file_away(real: EvalContext, decimals: int | None) -> None:
    columns = (c.model_copy(update={"decimals": decimals}) if c.name == "bmi" else c
               for c in SCHEMA.columns)  # fmt: skip
    plain = replace(real, schema=TableSchema(columns=tuple(columns)))
    shift = np.random.default_rng(4).uniform(-1e-4, 1e-4, len(real.synthetic))
    finer = plain.with_synthetic(real.synthetic.assign(bmi=real.synthetic["bmi"] + shift))
    for name in ("detectability.c2st_linear", "detectability.c2st_boosting",
                 "detectability.pmse_ratio"):  # fmt: skip
        before, after = one(plain, name)[0], one(finer, name)[0]
        assert after.value == pytest.approx(before.value, abs=0.02), name


@needs_nhanes
def test_more_rows_than_are_compared_in_another_order_change_little(real: EvalContext) -> None:
    many = pd.concat([real.train, real.synthetic] * 3, ignore_index=True)
    other = many.sample(frac=1, random_state=0)
    for name in ("detectability.c2st_boosting", "fidelity.density", "diversity.beta_recall",
                 "fidelity.mmd", "fidelity.sliced_wasserstein"):  # fmt: skip
        first, second = (number(real.with_synthetic(f), name) for f in (many, other))
        assert first == pytest.approx(second, abs=1e-6), name


def wide(n: int, columns: int, seed: int) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n, columns)).round(2)
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(columns)])


@pytest.mark.parametrize(("columns", "k"), [(200, 120), (12, 1), (12, 2)])
def test_two_hundred_columns_and_a_row_or_two_are_no_error(columns: int, k: int) -> None:
    schema = TableSchema(
        columns=tuple(
            Column(name=f"x{i}", kind="numeric", dtype="float64", decimals=2)
            for i in range(columns)
        )
    )
    sizes = enumerate((120, 60, k))
    train, holdout, synthetic = (wide(n, columns, seed) for seed, n in sizes)
    ctx = EvalContext(train, train.iloc[:0], holdout, synthetic, schema)
    rows, _ = evaluate(ctx, ("fidelity",), default_thresholds("sharing"))
    assert not [r.metric_id for r in rows if r.status == "error"]


def test_nothing_holds_a_number_for_every_pair_of_rows() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(6000, 4)), rng.normal(size=(6000, 4))
    pair_bytes = 8 * len(a) * len(b)
    for work in (
        lambda: about(a, np.ones(len(a)), b, "normal"),
        lambda: discrepancy(a, b, 2.0, rng),
    ):
        tracemalloc.start()
        work()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < pair_bytes / 2
