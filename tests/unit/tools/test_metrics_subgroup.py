"""P3 by group and E1 to E6: planted defects show, small groups are listed, nothing breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.decision import decide, not_assessed
from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.groups import grouping, shown
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.metrics.subgroup_pooled import pooled
from synthcraft.tools.schema_inference import canonical, infer_schema
from synthcraft.tools.table_schema import Column

REAL_RISK = {"f": 1.0, "m": 1.0}


def people(n: int, seed: int, effect: dict[str, float] | None = None, **told: Any) -> pd.DataFrame:
    """An event whose dependence on a score may be another in men and women."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n, p=[told.get("women", 0.5), 1 - told.get("women", 0.5)])
    age = rng.integers(20, 90, n)
    score = rng.normal(size=n)
    strength = np.vectorize({**REAL_RISK, **(effect or {})}.get)(sex)
    base = np.where(sex == "f", told.get("base_f", -0.8), -0.8)
    ill = rng.random(n) < 1 / (1 + np.exp(-(base + 1.6 * strength * score)))
    site = rng.choice(["a", "b", "c"], n, p=[0.6, 0.39, 0.01])
    return canonical(
        pd.DataFrame({"age": age, "sex": sex, "score": score, "site": site,
                      "ill": ill.astype(int)})
    )  # fmt: skip


def context(**changes: Any) -> EvalContext:
    train = people(1500, 1)
    plain = EvalContext(
        train, train.iloc[:0], people(900, 2), people(1500, 3), infer_schema(train),
        target="ill", task="classification", protected=("sex",), seed=4, bootstrap=200,
    )  # fmt: skip
    return replace(plain, **changes)


def run(ctx: EvalContext) -> list[Result]:
    results, _ = evaluate(ctx, ("subgroup",), default_thresholds("sharing"))
    assert not [r.metric_id for r in results if r.status == "error"]
    return results


def row(results: list[Result], metric: str, group: str | None = None) -> Result:
    return next(r for r in results if r.metric_id == metric and r.group == group)


@pytest.fixture(scope="module")
def fresh() -> list[Result]:
    return run(context())


def test_fresh_rows_of_the_same_people_are_never_failed(fresh: list[Result]) -> None:
    assert not [r for r in fresh if r.status == "fail"]
    own = {r.metric_id: r for r in fresh if r.group is None and r.column is None}
    for name in ("representation", "prevalence_ratio", "group_distance", "group_association"):
        assert own[f"fairness.{name}"].status == "pass", name


def test_training_rows_hit_the_ideal_of_every_measure() -> None:
    plain = context()
    same = {r.metric_id: r.value for r in run(plain.with_synthetic(plain.train))
            if r.group is None and r.column is None}  # fmt: skip
    assert same["fairness.representation"] == same["fairness.prevalence_ratio"] == 1
    for name in ("fairness.worst_delta", "subgroup.worst_gap", "subgroup.spread",
                 "subgroup.pooled", "fairness.group_distance",
                 "fairness.group_association"):  # fmt: skip
        assert same[name] == pytest.approx(0, abs=1e-9), name
    assert (same["fairness.attack_success"] or 0) > 0.9  # the other extreme: all are copies


def test_rows_carry_what_a_forest_plot_needs(fresh: list[Result]) -> None:
    men = row(fresh, "subgroup.performance", "m")
    assert men.value is not None and men.ci_low is not None and men.ci_high is not None
    assert men.ci_low < men.value < men.ci_high
    held = people(900, 2)
    rows, events = (held["sex"] == "m").sum(), ((held["sex"] == "m") & (held["ill"] == 1)).sum()
    assert (men.n_real, men.events) == (shown(rows), shown(events))
    assert men.estimates["synthetic"][0] == men.value
    assert men.estimates["real"][0] == pytest.approx(men.anchors["A1"])
    assert men.anchors["A0"] == 0.5


def test_a_group_that_lost_its_signal_is_the_worst_by_every_measure() -> None:
    found = run(context(synthetic=people(1500, 3, {"f": -1.0})))
    for metric in ("fairness.worst_delta", "subgroup.worst_gap", "subgroup.pooled"):
        own, women, men = (row(found, metric, g) for g in (None, "f", "m"))
        assert own.status == women.status == "fail", metric
        assert own.message.startswith("sex: f.") and (women.ci_high or 0) < -0.05
        assert (women.value or 0) < (men.value or 0) - 0.2
    spread = next(r for r in found if r.metric_id == "subgroup.spread" and r.column == "sex")
    assert (spread.value or 0) > 0.2 and spread.status == "refer"


def test_a_thinned_out_group_is_under_represented() -> None:
    found = run(context(synthetic=people(1500, 3, women=0.2)))
    women = row(found, "fairness.representation", "f")
    assert women.value == pytest.approx(0.4, abs=0.05) and women.status == "fail"
    assert row(found, "fairness.representation").status == "fail"


def test_an_outcome_that_is_too_common_in_one_group_shows_there() -> None:
    found = run(context(synthetic=people(1500, 3, base_f=0.6)))
    women, men = (row(found, "fairness.prevalence_ratio", g) for g in ("f", "m"))
    assert women.status == "fail" and (women.value or 0) > 1.3 and men.status == "pass"
    expected = row(found, "fairness.calibration_gap", "f")
    assert (expected.value or 1) < 0.8 and (expected.anchors["A1"] or 0) > 0.85
    more = row(found, "fairness.equal_opportunity")
    assert more.status == "refer" and "At a risk of" in more.message


def test_distances_inside_a_group_are_seen_where_the_whole_hides_them() -> None:
    synthetic = people(1500, 3)
    men = (synthetic["sex"] == "m").to_numpy()
    shift = np.where(men, 0.8, -0.8)
    found = run(context(synthetic=synthetic.assign(score=synthetic["score"] + shift)))
    assert row(found, "fairness.group_distance").status == "refer"
    assert (row(found, "fairness.group_distance").value or 0) > 0.08
    mixed = synthetic.copy()
    rng = np.random.default_rng(1)
    mixed.loc[men, "ill"] = rng.permutation(mixed.loc[men, "ill"])
    found = run(context(synthetic=mixed))
    assert row(found, "fairness.group_association").message.startswith("sex: m.")
    assert (row(found, "fairness.group_association", "m").value or 0) > 0.05


def test_copied_women_are_easier_to_find() -> None:
    ctx = context()
    women = ctx.train[ctx.train["sex"] == "f"]
    others = ctx.synthetic[ctx.synthetic["sex"] == "m"]
    found = run(context(synthetic=pd.concat([women, others], ignore_index=True)))
    own, f, m = (row(found, "fairness.attack_success", g) for g in (None, "f", "m"))
    assert f.value is not None and f.value > 0.9 and f.status == "fail"
    assert m.status != "fail" and (m.value or 1) < 0.6
    assert own.value == f.value and own.mde is not None


def test_groups_under_the_floor_are_listed_with_nothing_in_them() -> None:
    ctx = context(protected=("site",))
    found = run(ctx)
    for metric in ("fairness.worst_delta", "subgroup.worst_gap", "subgroup.pooled",
                   "subgroup.performance", "fairness.calibration_gap"):  # fmt: skip
        small, own = row(found, metric, "c"), row(found, metric)
        assert small.status == "suppressed" and "Cannot be assessed" in small.message
        assert small.value is None and small.events is None and small.ci_low is None
        assert "could not be assessed: 1" in own.message and own.status != "pass"
    assert any("one group of site" in line for line in not_assessed(found))
    assert decide(found, "sharing").state == "REFER"


def test_few_events_are_called_unstable() -> None:
    ctx = context()
    held = ctx.holdout.sample(160, random_state=1).reset_index(drop=True)
    women = row(run(context(holdout=held)), "fairness.worst_delta", "f")
    assert women.events is not None and women.events < 50 and "Unstable" in women.message


@pytest.mark.parametrize("group", ["f", "m"])
def test_a_group_without_any_event_is_listed(group: str) -> None:
    ctx = context()
    holdout, train = ctx.holdout.copy(), ctx.train.copy()
    for table in (holdout, train):
        table.loc[table["sex"] == group, "ill"] = 0
    found = run(context(holdout=holdout, train=train))
    for metric in ("fairness.worst_delta", "fairness.prevalence_ratio", "fairness.calibration_gap",
                   "fairness.equal_opportunity"):  # fmt: skip
        assert row(found, metric, group).status == "suppressed", metric


def test_a_group_that_is_gone_from_the_synthetic_table_is_a_failure() -> None:
    synthetic = people(3000, 3)
    men = synthetic[synthetic["sex"] == "m"].head(1500)
    found = run(context(synthetic=men))
    assert row(found, "fairness.representation", "f").value == 0
    assert row(found, "fairness.representation", "f").status == "fail"
    assert "no synthetic rows" in row(found, "fairness.prevalence_ratio", "f").message


def test_pairs_of_columns_are_looked_at_and_small_ones_counted() -> None:
    found = run(context(protected=("sex", "site")))
    pairs = [r for r in found
             if r.metric_id == "fairness.representation" and r.column == "sex x site"]  # fmt: skip
    assert {"f, a", "m, b"} <= {r.group for r in pairs}
    assert all(r.value is None or r.n_real >= 10 for r in pairs)


@pytest.mark.parametrize(
    ("column", "cuts", "names"),
    [
        ("age", (), ("under 18", "18 to under 40", "40 to under 60", "60 to under 75",
                     "75 and over", "missing")),
        ("age_years", (30.0, 50.0), ("under 30", "30 to under 50", "50 and over", "missing")),
        ("weight", (), ("lowest third", "middle third", "highest third", "missing")),
    ],
)  # fmt: skip
def test_numbers_fall_into_stated_age_bands_or_thirds(
    column: str, cuts: tuple[float, ...], names: tuple[str, ...]
) -> None:
    table = pd.DataFrame({column: [*np.arange(20.0, 80.0), np.nan]})
    of = grouping(table, Column(name=column, kind="numeric", dtype="float64"), cuts)
    assert of.names == names
    codes = of.codes(table)
    assert names[codes[-1]] == "missing" and (np.diff(codes[:-1]) >= 0).all()
    if column == "weight":
        assert np.bincount(codes)[:3].tolist() == [20, 20, 20]
    elif column == "age":
        assert names[codes[20]] == "40 to under 60"  # the limit belongs to the upper band


@pytest.mark.parametrize("count", [0, 9, 10, 12, 13])
def test_counts_are_shown_from_ten_on_and_rounded(count: int) -> None:
    assert shown(count) == {0: None, 9: None, 10: 10, 12: 10, 13: 15}[count]


def test_pooling_leans_on_the_others_as_far_as_noise_goes() -> None:
    rng = np.random.default_rng(0)
    few, many = np.array([0.04, 0.0004]), np.array([0.1, -0.1])
    alike, _ = pooled(rng.normal(0, 0.1, 8), np.full(8, 0.01))
    assert np.ptp(alike) < 0.15
    apart, error = pooled(np.array([0.5, -0.5, 0.0]), np.full(3, 1e-6))
    assert apart == pytest.approx([0.5, -0.5, 0.0], abs=1e-3) and (error < 0.01).all()
    both, errors = pooled(many, few)  # no more apart than noise allows: one mean for both
    assert both == pytest.approx([-0.098, -0.098], abs=1e-3) and errors == pytest.approx(
        0.0199, abs=1e-4
    )
    single, error = pooled(np.array([0.3]), np.array([0.04]))
    assert single[0] == pytest.approx(0.3) and error[0] == pytest.approx(0.2)


def test_bad_tables_are_described_and_break_nothing() -> None:
    """10,000 levels, one class, constant columns: every metric answers with words."""
    rng = np.random.default_rng(1)

    def wide(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(site=pd.array([f"s{i}" for i in rng.integers(0, 10_000, len(frame))],
                                          dtype="string"))  # fmt: skip

    ctx = context(protected=("site", "sex"))
    parts = {n: wide(getattr(ctx, n)) for n in ("train", "holdout", "synthetic")}
    schema = infer_schema(ctx.train.assign(site=pd.array(["a"] * 1500, dtype="string")))
    many = run(replace(ctx, **parts, schema=infer_schema(ctx.train)))
    assert {r.group for r in many if r.column == "site"} <= {"all rarer levels", None}
    constant = {n: p.assign(site=pd.array(["a"] * len(p), dtype="string"), score=1.0)
                for n, p in parts.items()}  # fmt: skip
    flat = run(replace(ctx, **constant, schema=schema))
    assert row(flat, "subgroup.spread").message
    lost = ctx.synthetic.assign(ill=pd.array([0] * 1500, dtype="Int64"))
    one = run(replace(ctx, synthetic=lost))
    assert row(one, "fairness.prevalence_ratio", "f").value == 0
    assert row(one, "fairness.worst_delta", "f").value is not None


def test_three_hundred_rows_with_eight_events_give_a_report_of_what_is_unknown() -> None:
    """Evaluation 7.7."""
    rng = np.random.default_rng(3)
    table = people(300, 5)
    ill = np.isin(np.arange(300), rng.permutation(300)[:8])
    table["ill"] = pd.array(ill.astype(int), dtype="Int64")
    train, held = table.iloc[:180], table.iloc[180:]
    ctx = context(train=train, holdout=held, synthetic=train, protected=("sex", "age"))
    results, _ = evaluate(ctx, ("utility", "subgroup"), default_thresholds("sharing"))
    assert not [r for r in results if r.status == "error"]
    groups = [r for r in results if r.metric_id == "fairness.worst_delta" and r.group]
    assert groups and {r.status for r in groups} == {"suppressed"}
    lost = next(r for r in results if r.metric_id == "utility.delta_linear")
    assert "events in the holdout" in lost.message
    lines = not_assessed(results)
    assert any("No group has enough rows" in line.lower() or "no group has enough" in line.lower()
               for line in lines)  # fmt: skip


def test_without_protected_columns_every_measure_says_so() -> None:
    found = run(context(protected=()))
    assert {r.status for r in found} == {"not_assessed"}
    assert {r.message for r in found} == {"No protected column was named."}


def test_numeric_outcomes_are_compared_by_group_too() -> None:
    ctx = context(target="score", task="regression")
    found = run(ctx)
    assert row(found, "fairness.worst_delta", "f").value is not None
    assert row(found, "fairness.calibration_gap").status == "not_assessed"
