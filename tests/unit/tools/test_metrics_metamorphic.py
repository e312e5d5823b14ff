"""What must not change a metric, what must, and agreement with independent code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, spearmanr
from sklearn.metrics import roc_auc_score

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics import anchors
from synthcraft.tools.metrics.association import associations, cramers_v
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.marginal import ks_distance
from synthcraft.tools.metrics.marginals import marginals
from synthcraft.tools.metrics.registry import metrics_of
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.metrics.scores import weighted_auc, weighted_r2
from synthcraft.tools.privacy.dp_record import claimed
from synthcraft.tools.table_schema import Column, TableSchema

FAMILIES = ("fidelity", "utility", "privacy_metrics", "subgroup", "detectability")
SCHEMA = TableSchema(
    columns=(
        Column(name="age", kind="integer", dtype="Int64", nullable=True),
        Column(name="bmi", kind="numeric", dtype="float64", decimals=1, nullable=True),
        Column(name="seen", kind="date", dtype="datetime64[ns]"),
        Column(name="sex", kind="binary", dtype="string", categories=("f", "m")),
        Column(name="site", kind="category", dtype="string", categories=("a", "b", "c", "d")),
        Column(name="ill", kind="binary", dtype="boolean", categories=(False, True)),
    )
)


def people(n: int, seed: int) -> pd.DataFrame:
    """Rows of one simulated population: dependent columns of every kind, some values missing."""
    rng = np.random.default_rng(seed)
    age = rng.normal(55, 14, n)
    bmi = 20 + 0.12 * age + rng.gamma(2.0, 1.5, n)
    site = rng.choice(list("abcd"), n, p=[0.4, 0.3, 0.2, 0.1])
    sex = np.where(rng.random(n) < 0.5, "f", "m")
    risk = 0.06 * (age - 55) + 0.1 * (bmi - 30) + 0.8 * (sex == "m") - 1.0
    frame = pd.DataFrame(
        {
            "age": pd.Series(age.round()).astype("Int64"),
            "bmi": bmi.round(1),
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "sex": pd.Series(sex, dtype="string"),
            "site": pd.Series(site, dtype="string"),
            "ill": pd.Series(rng.random(n) < 1 / (1 + np.exp(-risk)), dtype="boolean"),
        }
    )
    frame.loc[rng.random(n) < 0.1, "bmi"] = np.nan
    frame.loc[rng.random(n) < 0.05, "site"] = pd.NA
    return frame


def context(**changes: object) -> EvalContext:
    plain = EvalContext(
        train=people(600, 1),
        validation=people(50, 2),
        holdout=people(300, 3),
        synthetic=people(600, 4),
        schema=SCHEMA,
        target="ill",
        task="classification",
        protected=("sex",),
        quasi_identifiers=("age", "sex", "site"),
        claim=claimed("aim", {"epsilon": 1.0}, 600),
        seed=7,
        bootstrap=100,
    )
    return replace(plain, **changes)


def run(ctx: EvalContext, families: tuple[str, ...] = FAMILIES) -> dict[str, Result]:
    """The metrics' own rows."""
    results, _ = evaluate(ctx, families, default_thresholds("sharing"))
    return {r.metric_id: r for r in results if r.column is None and r.group is None}


def values(results: dict[str, Result]) -> dict[str, float | None]:
    return {name: r.value for name, r in results.items()}


@pytest.fixture(scope="module")
def fresh() -> dict[str, Result]:
    """Fresh rows of the same population as the synthetic table."""
    return run(context())


def test_every_registered_metric_reports_and_fresh_rows_are_never_failed(
    fresh: dict[str, Result],
) -> None:
    assert set(fresh) == {spec.id for spec in metrics_of(FAMILIES)}
    assert not [n for n, r in fresh.items() if r.status == "error"]
    # a non-inferiority bound may be missed by chance at this size
    assert not [n for n, r in fresh.items() if r.status == "fail" and r.family != "utility"]
    silent = [r for r in fresh.values() if r.value is None]
    assert all(r.status in {"not_assessed", "suppressed"} and r.message for r in silent)
    assert "utility.rmse" in {r.metric_id for r in silent}  # the target is no number
    assert all(r.title and r.explanation and r.code_hash for r in fresh.values())


def test_same_seed_same_numbers(fresh: dict[str, Result]) -> None:
    again = run(context())
    drop = {"runtime_s"}
    assert {n: r.model_dump(exclude=drop) for n, r in again.items()} == {
        n: r.model_dump(exclude=drop) for n, r in fresh.items()
    }


def test_row_order_changes_nothing(fresh: dict[str, Result]) -> None:
    shuffled = run(context(synthetic=people(600, 4).sample(frac=1, random_state=0)))
    for name, value in values(shuffled).items():
        assert value == pytest.approx(fresh[name].value, abs=2e-3), name


def _other_units(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(bmi=(frame["bmi"] * 100).round())


def _other_labels(frame: pd.DataFrame) -> pd.DataFrame:
    names = {"a": "w9", "b": "z1", "c": "k5", "d": "m3"}
    return frame.assign(site=frame["site"].map(names).astype("string"))


def _schema(**changes: object) -> TableSchema:
    columns = tuple(
        c.model_copy(update=changes[c.name]) if c.name in changes else c for c in SCHEMA.columns
    )
    return TableSchema(columns=columns)


@pytest.mark.parametrize(
    ("change", "schema"),
    [
        (_other_units, _schema(bmi={"decimals": 0})),
        (_other_labels, _schema(site={"categories": ("w9", "z1", "k5", "m3")})),
    ],
    ids=["units", "labels"],
)
def test_units_and_labels_change_nothing(
    change: Callable[[pd.DataFrame], pd.DataFrame],
    schema: TableSchema,
    fresh: dict[str, Result],
) -> None:
    plain = context()
    other = replace(
        plain,
        train=change(plain.train),
        holdout=change(plain.holdout),
        synthetic=change(plain.synthetic),
        schema=schema,
    )
    for name, value in values(run(other)).items():
        # the classifier's folds follow the row order of the matrix, which labels may change
        tolerance = 0.03 if name.startswith("detectability") else 5e-3
        assert value == pytest.approx(fresh[name].value, abs=tolerance), name


def test_training_rows_as_synthetic_hit_the_extremes() -> None:
    plain = context()
    same = run(plain.with_synthetic(plain.train))
    for name in ("column_distance", "worst_column", "association", "missingness"):
        assert same[f"fidelity.{name}"].value == 0
    assert same["utility.delta_linear"].value == 0
    assert same["utility.delta_boosting"].value == 0
    assert same["utility.prevalence_ratio"].value == 1
    assert same["privacy.copies"].value == pytest.approx(1, abs=0.05)
    assert same["privacy.copies"].status == "fail"
    assert same["privacy.membership"].value == same["privacy.vulnerable"].value == 1
    assert same["privacy.identifiability"].value == pytest.approx(1, abs=0.02)
    assert same["privacy.authenticity"].value == 0
    for name in ("dcr_share", "membership", "vulnerable", "linkage", "singling_out", "dp_audit"):
        assert same[f"privacy.{name}"].status == "fail", name


def test_fresh_real_rows_score_better_than_the_floor(fresh: dict[str, Result]) -> None:
    anchored = [r for r in fresh.values() if r.anchors and r.value is not None]
    assert len(anchored) >= 11
    for r in anchored:
        a0, a1 = r.anchors["A0"], r.anchors["A1"]
        if r.metric_id == "utility.calibration_slope":
            assert a0 is None and a1 is not None  # a constant risk has no slope
            continue
        assert a0 is not None and a1 is not None
        if r.metric_id == "detectability.c2st_linear":
            continue  # a linear model cannot see lost dependence: it may be uninformative
        if r.direction == "target":
            assert r.ideal_value is not None
            a0, a1 = abs(a0 - r.ideal_value), abs(a1 - r.ideal_value)
        assert (a1 > a0) if r.direction == "higher" else (a1 < a0), r.metric_id


def test_distances_grow_with_contamination() -> None:
    plain = context()
    noise = anchors.uniform(plain)
    rows = [
        run(
            plain.with_synthetic(pd.concat([noise.iloc[:k], plain.synthetic.iloc[k:]])),
            ("fidelity", "detectability"),
        )
        for k in (0, 150, 300, 600)
    ]
    for name in ("fidelity.column_distance", "fidelity.worst_column", "fidelity.association",
                 "detectability.c2st_boosting"):  # fmt: skip
        series = [r[name].value or 0.0 for r in rows]
        assert series == sorted(series), name
        assert series[-1] > series[0] + 0.05, name


@pytest.mark.parametrize("k", [150, 1500])
def test_other_numbers_of_rows_are_no_error(k: int) -> None:
    results = run(replace(context(), synthetic=people(k, 5), expected_rows=k))
    assert not [r.metric_id for r in results.values() if r.status == "error"]
    failed = [n for n, r in results.items() if r.status == "fail" and r.family != "utility"]
    assert not failed  # a model of 120 rows may well predict worse


def test_one_class_target_fails_sanity_and_predicts_by_guessing() -> None:
    lost = people(600, 4).assign(ill=pd.Series([False] * 600, dtype="boolean"))
    results = run(context(synthetic=lost))
    assert results["sanity.classes"].status == "fail"
    assert results["sanity.constant"].status == "fail"
    assert results["utility.tstr_boosting"].value == 0.5
    assert not [n for n, r in results.items() if r.status == "error"]


def test_regression_target_uses_r2_and_says_what_does_not_apply() -> None:
    results = run(context(target="bmi", task="regression"), ("utility", "subgroup"))
    real = results["utility.tstr_linear"].anchors["A1"]
    assert real is not None and 0 < real < 1
    assert results["utility.tstr_linear"].anchors["A0"] == pytest.approx(0, abs=0.02)
    assert results["utility.prevalence_ratio"].status == "not_assessed"
    assert results["utility.calibration_slope"].message
    assert results["subgroup.worst_gap"].value is not None


def test_a_subgroup_under_the_event_floor_is_listed_not_left_out() -> None:
    plain = context()
    holdout = plain.holdout.copy()
    women = holdout["sex"] == "f"
    holdout.loc[women, "ill"] = False
    rows, _ = evaluate(
        replace(plain, holdout=holdout), ("subgroup",), default_thresholds("sharing")
    )
    group = next(r for r in rows if r.group == "f")
    assert group.status == "suppressed" and "under 10 holdout rows" in group.message
    own = next(r for r in rows if r.metric_id == "subgroup.worst_gap" and r.column is None)
    assert own.status == "refer" and "could not be assessed" in own.message


def test_a_column_of_ten_thousand_levels_stays_bounded() -> None:
    def wide(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
        picks = np.random.default_rng(seed).integers(0, 10_000, len(frame))
        return frame.assign(site=pd.Series([f"s{i}" for i in picks], dtype="string").values)

    plain = context()
    schema = _schema(site={"categories": tuple(f"s{i}" for i in range(10_000))})
    ctx = replace(
        plain, train=wide(plain.train, 1), holdout=wide(plain.holdout, 2),
        synthetic=wide(plain.synthetic, 3), schema=schema,
    )  # fmt: skip
    results = run(ctx, ("fidelity", "privacy_metrics", "utility"))
    assert not [n for n, r in results.items() if r.status in {"error"}]
    assert max(len(entry["labels"]) for entry in marginals(ctx)) <= 20


def test_a_constant_and_an_all_missing_column_are_no_error() -> None:
    def flat(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(site="a", bmi=np.nan).astype({"site": "string"})

    plain = context()
    ctx = replace(
        plain, train=flat(plain.train), holdout=flat(plain.holdout), synthetic=flat(plain.synthetic)
    )
    results = run(ctx)
    assert not [n for n, r in results.items() if r.status == "error"]
    assert not [n for n, r in results.items() if r.status == "fail" and r.family == "sanity"]


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (lambda f: f.drop(columns="bmi"), "sanity.columns"),
        (lambda f: f.assign(name="x"), "sanity.columns"),
        (lambda f: f.assign(age=f["age"].astype("string")), "sanity.types"),
        (lambda f: f.assign(sex=f["sex"].replace("f", "q")), "sanity.categories"),
        (lambda f: f.iloc[:100], "sanity.rows"),
        (lambda f: f.iloc[:0], "sanity.rows"),
        (lambda f: f.assign(bmi=900.0), "sanity.domain"),
    ],
    ids=["lost", "added", "type", "category", "short", "empty", "domain"],
)
def test_gross_errors_are_caught(
    broken: Callable[[pd.DataFrame], pd.DataFrame], check: str
) -> None:
    schema = _schema(bmi={"declared": True, "low": 10.0, "high": 90.0})
    ctx = context(synthetic=broken(people(600, 4)), schema=schema, expected_rows=600)
    results = run(ctx)
    assert results[check].status == "fail"
    assert not [(n, r.message) for n, r in results.items() if r.status == "error"]


def test_identifiers_must_be_absent() -> None:
    schema = TableSchema(
        columns=(Column(name="id", kind="identifier", dtype="string"), *SCHEMA.columns)
    )
    kept = people(600, 4).assign(id="x")
    assert run(context(schema=schema), ())["sanity.identifiers"].status == "pass"
    assert run(context(schema=schema), ())["sanity.columns"].status == "pass"
    assert run(context(schema=schema, synthetic=kept), ())["sanity.identifiers"].status == "fail"


def test_ks_agrees_with_scipy_and_counts_missing_values() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 300).round(1), rng.normal(0.3, 1.2, 170).round(1)
    assert ks_distance(a, b) == pytest.approx(ks_2samp(a, b).statistic)
    half_missing = np.where(np.arange(300) % 2 == 0, np.nan, a)
    assert ks_distance(a, half_missing) >= 0.5


def test_weighted_auc_and_r2_agree_with_sklearn_on_every_draw() -> None:
    rng = np.random.default_rng(1)
    y = rng.random(200) < 0.2
    scores = (rng.normal(0, 1, 200) + y).round(1)
    weights = rng.integers(0, 4, (30, 200)).astype(float)
    expected = [roc_auc_score(y, scores, sample_weight=w) for w in weights]
    assert weighted_auc(scores, y, weights) == pytest.approx(expected)
    target = rng.normal(0, 1, 200)
    total = ((target - target.mean()) ** 2).sum()
    assert weighted_r2(target, scores, np.ones((1, 200)))[0] == pytest.approx(
        1 - ((target - scores) ** 2).sum() / total
    )


def test_associations_agree_with_scipy_and_see_independence() -> None:
    frame = people(3000, 9)
    ctx = context(train=frame)
    pair = associations(ctx, frame)[0]
    known = frame[["age", "bmi"]].dropna().astype(float)
    assert pair == pytest.approx(spearmanr(known["age"], known["bmi"]).statistic, abs=0.01)
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 5, 2000), rng.integers(0, 4, 2000)
    assert cramers_v(a, b) < 0.06
    assert cramers_v(a, a) == pytest.approx(1, abs=0.01)


def test_plot_data_shows_no_small_real_cell_and_no_extreme() -> None:
    ctx = context()
    ctx.train.loc[0, "bmi"] = 777.7
    ctx.train.loc[1, "site"] = "rare"
    for entry in marginals(ctx):
        assert len(entry["labels"]) == len(entry["real"]) == len(entry["synthetic"])
        assert not any("777" in text or "rare" in text for text in entry["labels"])
        assert sum(entry["synthetic"]) == pytest.approx(1, abs=0.01)
        assert all(share >= 10 / 600 - 1e-3 for share in entry["real"] if share)
