"""The numbers of fidelity and diversity against independent code and definitions by hand."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist, jensenshannon
from scipy.stats import entropy as scipy_entropy
from scipy.stats import wasserstein_distance
from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
from sdmetrics.single_column import CategoryCoverage, KSComplement, TVComplement
from sklearn.datasets import load_breast_cancer, load_diabetes

from synthcraft.tools.metrics import neighbourhoods, pairs, sliced
from synthcraft.tools.metrics.association import associations
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.chance import expected_gap
from synthcraft.tools.metrics.clinical_rules import beyond
from synthcraft.tools.metrics.conditional import gaps
from synthcraft.tools.metrics.coverage import category_coverage, expected_share
from synthcraft.tools.metrics.divergence import distance
from synthcraft.tools.metrics.encoder import Scale
from synthcraft.tools.metrics.kernel import discrepancy
from synthcraft.tools.metrics.marginal import distances
from synthcraft.tools.metrics.missing import missing_pattern
from synthcraft.tools.metrics.propensity import pmse
from synthcraft.tools.metrics.repetition import entropy
from synthcraft.tools.metrics.standardised import of_numbers, of_shares
from synthcraft.tools.metrics.support import alpha_precision
from synthcraft.tools.metrics.tails import covered
from synthcraft.tools.metrics.wasserstein import scaled
from synthcraft.tools.table_schema import Column, TableSchema


@pytest.fixture(scope="module")
def diabetes() -> EvalContext:
    """Half of sklearn's table of diabetes against the other half, with two columns cut."""
    table = load_diabetes(as_frame=True, scaled=False).frame.drop(columns=["s3", "s4", "s5"])
    table["sex"] = table["sex"].map({1.0: "a", 2.0: "b"}).astype("string")
    weight = pd.cut(table["bmi"], [0, 22, 25, 30, 99], labels=list("luoh"))
    table["weight"] = weight.astype("string")
    schema = TableSchema(
        columns=tuple(
            Column(name=str(n), kind="category", dtype="string")
            if n in {"sex", "weight"}
            else Column(name=str(n), kind="numeric", dtype="float64")
            for n in table
        )
    )
    order = np.random.default_rng(0).permutation(len(table))
    train, holdout, synthetic = (
        table.iloc[p].reset_index(drop=True) for p in np.split(order, [200, 260])
    )
    return EvalContext(train, train.iloc[:0], holdout, synthetic, schema, seed=1)


def test_marginals_agree_with_sdmetrics(diabetes: EvalContext) -> None:
    found = distances(diabetes)
    assert len(found) == 9
    for name, value in found.items():
        other = TVComplement if name in {"sex", "weight"} else KSComplement
        score = other.compute(diabetes.train[name], diabetes.synthetic[name])
        assert 1 - value == pytest.approx(score), name


def test_associations_agree_with_sdmetrics(diabetes: EvalContext) -> None:
    names = [c.name for c in diabetes.columns if c.kind == "numeric"]
    i, j = np.triu_indices(len(names), 1)
    real, synthetic = (associations(diabetes, f) for f in (diabetes.train, diabetes.synthetic))
    for at, (a, b) in enumerate(zip(i, j, strict=True)):
        both = [names[a], names[b]]
        score = CorrelationSimilarity.compute(
            diabetes.train[both], diabetes.synthetic[both], coefficient="Spearman"
        )
        assert 1 - abs(real[at] - synthetic[at]) / 2 == pytest.approx(score, abs=1e-6)


def test_two_way_tables_and_coverage_agree_with_sdmetrics(diabetes: EvalContext) -> None:
    both = ["sex", "weight"]
    cells = pairs.tables(diabetes)
    n, k = len(diabetes.train), len(diabetes.synthetic)
    at = cells.pairs.index(("sex", "weight"))
    whole = cells.per_pair(np.abs(cells.real / n - cells.synthetic / k))[at] / 2
    score = ContingencySimilarity.compute(diabetes.train[both], diabetes.synthetic[both])
    assert 1 - whole == pytest.approx(score)
    assert 0 <= pairs.beyond_chance(cells, n, k)[at] < whole
    fewer = diabetes.synthetic[diabetes.synthetic["weight"] != "h"]
    value = category_coverage(diabetes.with_synthetic(fewer))
    share = CategoryCoverage.compute(diabetes.train["weight"], fewer["weight"])
    assert {row.column: row.value for row in value}["weight"] == pytest.approx(share)


def test_chance_is_what_two_samples_show() -> None:
    rng = np.random.default_rng(2)
    p = np.array([0.3, 0.3, 0.2, 0.1, 0.1])
    tables = rng.multinomial(400, p, 3000), rng.multinomial(150, p, 3000)
    shown = np.abs(tables[0] / 400 - tables[1] / 150).mean(0)
    assert shown == pytest.approx(expected_gap(p * (1 - p), 400, 150), rel=0.05)


def test_jensen_shannon_agrees_with_scipy_and_the_corrected_value() -> None:
    rng = np.random.default_rng(1)
    p, q = rng.dirichlet(np.ones(8), 2)
    p = np.append(0.0, p[1:] / p[1:].sum())  # a level that the other table lacks
    assert distance(p, q) == pytest.approx(jensenshannon(p, q, base=2))
    prevalence = np.array([0.042, 0.958]), np.array([0.5, 0.5])
    assert distance(*prevalence) == pytest.approx(0.46, abs=0.01)  # evaluation 3.2


def test_standardised_differences_follow_their_formulas() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 4000), rng.normal(0.5, 2, 3000)
    assert of_numbers(a, b) == pytest.approx(0.5 / np.sqrt(2.5), abs=0.04)
    p, q = 0.042, 0.5
    binary = abs(p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert of_shares(np.array([1 - p, p]), np.array([1 - q, q])) == pytest.approx(binary, rel=1e-4)
    # splitting a level that differs nowhere adds no distance
    three = of_shares(np.array([1 - p, p / 2, p / 2]), np.array([1 - q, q / 2, q / 2]))
    assert three == pytest.approx(binary, rel=1e-4)
    assert of_shares(np.array([0.5, 0.5, 0, 0]), np.array([0, 0, 0.5, 0.5])) == 10
    assert of_shares(np.array([1.0, 0]), np.array([0, 1.0])) == 10
    assert of_numbers(np.ones(5), np.ones(9)) == 0 and of_numbers(np.ones(5), np.zeros(9)) == 10


def test_wasserstein_is_the_mean_gap_of_sorted_values() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.gamma(2, 3, 500), rng.gamma(3, 3, 500)
    width = np.subtract(*np.quantile(a, [0.75, 0.25]))
    assert scaled(a, b) == pytest.approx(np.abs(np.sort(a) - np.sort(b)).mean() / width)
    assert scaled(a * 1000, b * 1000) == pytest.approx(scaled(a, b))
    assert scaled(np.ones(9), np.ones(5)) == 0 and scaled(np.ones(9), np.zeros(5)) == 1
    assert scaled(a, np.full(3, np.nan)) is None


def test_slices_agree_with_scipy_direction_by_direction() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(0, 1, (900, 4)), rng.normal(0.3, 1.5, (700, 4))
    directions = rng.normal(size=(4, 12))
    seen = np.abs(sliced._seen(a, directions) - sliced._seen(b, directions)).mean(0)
    exact = [wasserstein_distance(a @ d, b @ d) for d in directions.T]
    assert seen == pytest.approx(exact, rel=0.02)


def _exact_mmd(a: np.ndarray, b: np.ndarray, width: float) -> float:
    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(-cdist(x, y, "sqeuclidean") / (2 * width**2))

    n, k = len(a), len(b)
    within = (kernel(a, a).sum() - n) / (n * (n - 1)) + (kernel(b, b).sum() - k) / (k * (k - 1))
    return float(within - 2 * kernel(a, b).mean())


@pytest.mark.parametrize("shift", [0.0, 0.15, 1.0])
def test_random_features_agree_with_the_whole_kernel_matrix(shift: float) -> None:
    rng = np.random.default_rng(6)
    a, b = rng.normal(0, 1, (700, 5)), rng.normal(shift, 1, (450, 5))
    found = discrepancy(a, b, 3.0, np.random.default_rng(1))
    exact = _exact_mmd(a, b, 3.0)
    assert found.value == pytest.approx(exact, rel=0.1, abs=2e-4)
    assert (found.p < 0.02) == (shift > 0)
    assert abs(found.null.mean()) < 3 * found.null.std()


@pytest.mark.parametrize("scale", ["normal", "gower"])
def test_neighbourhoods_agree_with_brute_force(scale: Scale) -> None:
    rng = np.random.default_rng(7)
    real, rows = rng.normal(0, 1, (300, 3)).round(1), rng.normal(0, 1, (2300, 3)).round(1)
    metric = "euclidean" if scale == "normal" else "cityblock"
    own = np.sort(cdist(real, real, metric), axis=1)[:, 5]
    radius = neighbourhoods.radii(real, scale)
    assert radius == pytest.approx(own, abs=1e-6)
    balls, distance, place = neighbourhoods.about(real, radius, rows, scale)
    between = cdist(rows, real, metric)
    assert balls.tolist() == (between <= own + 1e-6).sum(1).tolist()
    assert distance == pytest.approx(between.min(0), abs=1e-6)
    assert between[place, np.arange(300)] == pytest.approx(between.min(0), abs=1e-6)


def test_typical_rows_follow_the_definition() -> None:
    rng = np.random.default_rng(8)
    schema = TableSchema(columns=(Column(name="x", kind="numeric", dtype="float64"),))
    table = pd.DataFrame({"x": rng.normal(0, 1, 1000)})
    narrow = table * 0.2
    ctx = EvalContext(table, table, table, narrow, schema)
    (value,) = alpha_precision(ctx)
    # every row of a narrow file lies near the centre: the gap is what lies beyond, on average
    assert value.value is not None and 0.1 < value.value < 0.4
    (same,) = alpha_precision(ctx.with_synthetic(table))
    assert same.value == pytest.approx(1, abs=0.005)


def test_expected_coverage_is_that_of_draws_without_replacement() -> None:
    counts, rows, size = np.array([0, 1, 3, 40, 200]), 300, 60
    missed = [comb(rows - c, size) / comb(rows, size) for c in counts.tolist()]
    assert expected_share(counts, rows, size) == pytest.approx(1 - np.mean(missed), abs=1e-9)
    assert expected_share(counts, rows, 300) == pytest.approx(0.8)
    assert expected_share(np.array([280]), 300, 60) == pytest.approx(1)


def test_entropy_agrees_with_scipy() -> None:
    p = np.random.default_rng(9).dirichlet(np.ones(6))
    assert entropy(p) == pytest.approx(scipy_entropy(p, base=2))


def test_the_tree_holds_the_shares_of_its_leaves() -> None:
    x = np.repeat([0.0, 1.0], [300, 200])[:, None]
    y = np.r_[np.repeat([0.0, 1.0], [200, 100]), np.repeat([0.0, 1.0], [50, 150])]
    by_hand = 0.6 * (1 / 3 - 0.5) ** 2 + 0.4 * (0.75 - 0.5) ** 2
    assert pmse(x, y, []) == pytest.approx(by_hand)
    assert pmse(x, y, [0]) == pytest.approx(by_hand)


def test_conditional_gaps_are_the_differences_of_means_in_each_tenth() -> None:
    rng = np.random.default_rng(10)
    risk, other = rng.random((50_000, 1)), rng.random((50_000, 1))
    y = (rng.random((50_000, 1)) < risk).astype(float)
    flat = (rng.random((50_000, 1)) < 0.5).astype(float)
    assert gaps((risk, y), (other, flat))[0] == pytest.approx(
        np.abs(np.arange(0.05, 1, 0.1) - 0.5), abs=0.04
    )
    assert gaps((risk, y), (risk, y)).max() == 0
    assert np.isnan(gaps((risk, y), (other[:0], flat[:0]))).all()


def test_missing_patterns_agree_with_counting_by_hand() -> None:
    table = load_breast_cancer(as_frame=True).data.iloc[:, :4]
    rng = np.random.default_rng(11)
    real, synthetic = table.iloc[:300].copy(), table.iloc[300:].reset_index(drop=True)
    lost = rng.random(300) < 0.3
    real.loc[lost, list(real.columns[:2])] = np.nan  # together
    for name in synthetic.columns[:2]:  # as often, but apart
        synthetic.loc[rng.random(len(synthetic)) < 0.3, name] = np.nan
    schema = TableSchema(
        columns=tuple(Column(name=str(n), kind="numeric", dtype="float64") for n in table)
    )
    (found,) = missing_pattern(EvalContext(real, real, real, synthetic, schema))
    counted = [
        f.isna().apply(tuple, axis=1).value_counts(normalize=True) for f in (real, synthetic)
    ]
    by_hand = counted[0].sub(counted[1], fill_value=0).abs().sum() / 2
    assert found.value == pytest.approx(by_hand)
    assert found.value is not None and found.value > 0.3


def test_tails_are_counted_beyond_the_real_centiles() -> None:
    real = np.arange(1000.0)
    assert covered(real, real) == 1
    assert covered(real, np.clip(real, 50, 949)) == 0
    assert covered(real, np.clip(real, -1, 949)) == 0.5
    assert covered(real[:40], real) is None
    assert covered(real, np.full(9, np.nan)) == 0


@pytest.mark.parametrize(
    ("real", "n", "synthetic", "k", "broken"),
    [(0, 1000, 0, 1000, False), (0, 1000, 1, 1000, True), (10, 1000, 14, 1000, False),
     (10, 1000, 60, 1000, True), (10, 1000, 0, 1000, False), (10, 1000, 2, 150, False)],
)  # fmt: skip
def test_a_rule_is_broken_beyond_the_real_rate(
    real: int, n: int, synthetic: int, k: int, broken: bool
) -> None:
    assert beyond(real, n, synthetic, k) is broken
