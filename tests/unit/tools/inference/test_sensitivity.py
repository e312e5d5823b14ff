"""Design-based and imputed regression beside other software, other formulas and known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.compare import compare
from synthcraft.tools.inference.design import Design, Formula, formula, model_matrix
from synthcraft.tools.inference.imputation import holes_of, imputed_fit, rubin
from synthcraft.tools.inference.models import linear
from synthcraft.tools.inference.survey import Survey, between_units, survey_fit, survey_of
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.printed_tables import printed_tables
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.survey_columns import SurveyColumns

from .conftest import PAPER, asked, people

NHANES = SurveyColumns(weights="WTSAF2YR", strata="SDMVSTRA", psu="SDMVPSU")
UNITS = SurveyColumns(psu="unit")


@pytest.fixture(scope="module")
def survey_table(nhanes_parts: list[Path]) -> pd.DataFrame:
    """Fasting adults of NHANES with their design, incomplete as the agency publishes them."""
    demo, bmx, tchol, ins, mcq = (pd.read_sas(path) for path in nhanes_parts)
    whole = demo.merge(ins, on="SEQN").merge(mcq[["SEQN", "MCQ160E"]], on="SEQN")
    for part, name in ((bmx, "BMXBMI"), (tchol, "LBXTC")):
        whole = whole.merge(part[["SEQN", name]], on="SEQN", how="left")
    whole = whole[whole["MCQ160E"].isin([1, 2])].reset_index(drop=True)
    # pandas reads a zero of these files as 5e-79
    weight = whole["WTSAF2YR"].where(whole["WTSAF2YR"] > 1e-70, 0.0)
    return pd.DataFrame(
        {
            "age": whole["RIDAGEYR"].astype("Int64"),
            "gender": whole["RIAGENDR"].map({1: "Male", 2: "Female"}).astype("string"),
            "ethnicity": whole["RIDRETH3"].astype(int).astype("string"),
            "bmi": whole["BMXBMI"],
            "total_cholesterol": whole["LBXTC"].astype("Int64"),
            "insulin": whole["LBXIN"],
            "heart_attack": (whole["MCQ160E"] == 1).astype("Int64"),
            "WTSAF2YR": weight,
            "SDMVSTRA": whole["SDMVSTRA"].astype("Int64"),
            "SDMVPSU": whole["SDMVPSU"].astype("Int64"),
        }
    )


def designed(frame: pd.DataFrame, task: str = "classification") -> Design:
    target = {"classification": "ill", "regression": "bmi", "survival": "ill"}[task]
    columns = asked(frame).schema.columns
    return model_matrix(formula(frame, columns, target, task), frame)  # type: ignore[arg-type]


def grouped(n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return people(n, 1).assign(
        unit=rng.integers(0, 25, n), stratum=rng.integers(0, 3, n), weight=rng.gamma(2, 1, n)
    )


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_rows_as_units_give_the_sandwich_and_units_the_clustered_one(task: str) -> None:
    frame = grouped()
    design = designed(frame, task)
    x = sm.add_constant(design.x)
    family = sm.families.Binomial() if task == "classification" else sm.families.Gaussian()
    model = sm.GLM(design.y, x, family=family)
    n = len(frame)
    fit = survey_fit(design, survey_of(frame, SurveyColumns()), task)  # type: ignore[arg-type]
    plain = model.fit(cov_type="HC0")
    assert fit.beta == pytest.approx(plain.params[1:], rel=1e-6)
    assert fit.cov == pytest.approx(plain.cov_params()[1:, 1:] * n / (n - 1), rel=1e-5)
    assert fit.df == n - 1

    fit = survey_fit(design, survey_of(frame, UNITS), task)  # type: ignore[arg-type]
    groups = frame["unit"].to_numpy()[design.complete]
    known = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    assert fit.cov == pytest.approx(known.cov_params()[1:, 1:] * 25 / 24, rel=1e-5)
    assert fit.df == 24


def test_nhanes_with_its_own_design(survey_table: pd.DataFrame) -> None:
    """Two units a stratum: the variance of a total is the sum of squared differences of pairs."""
    survey = survey_of(survey_table, NHANES)
    assert (len(survey.stratum), survey.strata, survey.df) == (30, 15, 15)
    recipe = formula(survey_table, PAPER.columns, "heart_attack", "classification")
    design = model_matrix(recipe, survey_table)
    fit = survey_fit(design, survey, "classification")

    weight = survey.weights[design.complete]
    x = sm.add_constant(design.x)
    known = sm.GLM(design.y, x, family=sm.families.Binomial(), freq_weights=weight).fit()
    assert fit.beta == pytest.approx(known.params[1:], rel=1e-5)
    p = known.predict(x)
    scores = pd.DataFrame(x * (weight * (design.y - p))[:, None])
    kept = survey_table[design.complete].reset_index(drop=True)
    totals = scores.groupby([kept["SDMVSTRA"], kept["SDMVPSU"]]).sum()
    pairs = totals.xs(1, level="SDMVPSU").to_numpy() - totals.xs(2, level="SDMVPSU").to_numpy()
    bread = np.linalg.inv(x.T @ (x * (weight * p * (1 - p))[:, None]))
    cov = (bread @ pairs.T @ pairs @ bread)[1:, 1:]
    assert fit.variance == pytest.approx(np.diag(cov), rel=1e-4)
    naive = compare(survey_table, [survey_table], PAPER.columns, "heart_attack", "classification")
    # the design matters here: the test would not see weights that were left out otherwise
    assert np.abs(fit.beta - naive.real.plain.beta).max() > 0.1


def test_the_scale_of_weights_and_the_names_of_units_change_nothing() -> None:
    frame = grouped()
    columns = SurveyColumns(weights="weight", strata="stratum", psu="unit")
    first = survey_fit(designed(frame), survey_of(frame, columns), "classification")
    other = frame.assign(weight=frame["weight"] * 7e5, unit="u" + frame["unit"].astype(str))
    again = survey_fit(designed(other), survey_of(other, columns), "classification")
    assert again.cov == pytest.approx(first.cov, rel=1e-6)
    assert survey_of(frame, columns).df == 25 * 3 - 3


def test_rows_outside_the_analysis_keep_their_units() -> None:
    """A unit all of whose rows are incomplete scores zero; it is not as if it were never drawn."""
    stratum, scores = np.array([0, 0, 1, 1]), np.array([[1.0], [3.0], [2.0]])
    # stratum 0: (1 - 3)^2; stratum 1: (2 - 0)^2
    assert between_units(scores, np.array([0, 1, 2]), stratum) == pytest.approx(8.0)
    frame = grouped()
    frame.loc[frame["unit"] == 3, "bmi"] = np.nan
    fit = survey_fit(designed(frame), survey_of(frame, UNITS), "classification")
    assert fit.df == 24


@pytest.mark.parametrize(
    ("change", "columns", "why"),
    [
        ({}, SurveyColumns(weights="w"), "no column 'w'"),
        ({"weight": -1.0}, SurveyColumns(weights="weight"), "negative"),
        ({"weight": np.nan}, SurveyColumns(weights="weight"), "none is above zero"),
        ({"weight": 0.0}, SurveyColumns(weights="weight"), "none is above zero"),
        ({"weight": "heavy"}, SurveyColumns(weights="weight"), "none is above zero"),
        ({"unit": 1}, SurveyColumns(strata="stratum", psu="unit"), "3 of 3 strata have one"),
        ({"unit": None}, UNITS, "none is above zero"),
    ],
)  # fmt: skip
def test_a_design_that_cannot_be_used_is_refused(
    change: dict[str, object], columns: SurveyColumns, why: str
) -> None:
    with pytest.raises(DataError, match=why):
        survey_of(grouped().assign(**change), columns)


def test_times_until_an_event_have_no_design_based_analysis() -> None:
    frame = grouped()
    with pytest.raises(DataError, match="not built"):
        survey_fit(designed(frame), survey_of(frame, UNITS), "survival")


def test_rubin_by_hand() -> None:
    """Means 2 and 3, 1 between two, 4 within; Barnard and Rubin's degrees of freedom by hand."""
    found = rubin(np.array([[1.0], [3.0]]), np.array([[4.0], [4.0]]), 100.0)
    assert (found.estimate[0], found.variance[0]) == (2.0, 4 + 1.5 * 2)
    lost = 3 / 7
    simple, observed = 1 / lost**2, 101 / 103 * 100 * (1 - lost)
    assert found.df[0] == pytest.approx(simple * observed / (simple + observed))
    whole = rubin(np.ones((5, 1)), np.ones((5, 1)), 100.0)
    assert whole.variance[0] == 1.0 and whole.df[0] == pytest.approx(101 / 103 * 100)


def test_imputation_undoes_what_leaving_out_rows_did(paper_table: pd.DataFrame) -> None:
    """Insulin is lost where body mass, the outcome, is high: complete cases flatten its slope."""
    columns = PAPER.only(("age", "gender", "bmi", "insulin")).columns
    slim = paper_table[paper_table["bmi"] < 60]
    slim = slim.assign(insulin=np.log(slim["insulin"]))
    risk = 1 / (1 + np.exp(-(slim["bmi"] - 29) / 2))
    lost = np.random.default_rng(2).random(len(slim)) < risk
    holed = slim.assign(insulin=slim["insulin"].mask(lost))
    recipe = formula(slim, columns, "bmi", "regression")
    place = [str(term) for term in recipe.terms].index("insulin")
    full, complete = (slopes(recipe, frame)[place] for frame in (slim, holed))
    holes = holes_of(recipe, holed)
    assert holes.design.n == len(slim) and holes.missing.sum() == lost.sum()
    imputed = imputed_fit(holes, lambda d: linear(d.x, d.y), np.random.default_rng(3))
    assert abs(imputed.estimate[place] - full) < 0.4 * abs(complete - full)
    again = imputed_fit(holes, lambda d: linear(d.x, d.y), np.random.default_rng(3))
    assert again.estimate == pytest.approx(imputed.estimate)


def slopes(recipe: Formula, frame: pd.DataFrame) -> Floats:
    design = model_matrix(recipe, frame)
    return linear(design.x, design.y).beta


def test_a_category_is_never_guessed_and_a_huge_table_is_refused() -> None:
    frame = people(600, 1)
    frame.loc[:40, "site"] = pd.NA
    ctx = asked(people(600, 4), train=frame)
    (row,) = own(ctx, "inference.imputed")
    assert "category stay out (about 40)" in row.message
    recipe = formula(frame, ctx.schema.columns, "ill", "classification")
    holes = holes_of(recipe, pd.concat([frame] * 12_000, ignore_index=True))
    with pytest.raises(DataError, match="too large"):
        imputed_fit(holes, lambda d: linear(d.x, d.y), np.random.default_rng(1))


def own(ctx: EvalContext, metric: str) -> list[Result]:
    rows, _ = evaluate(ctx, ("utility",), {}, only=(metric,))
    return [r for r in rows if r.column is None]


def test_both_stand_beside_the_main_result(survey_table: pd.DataFrame) -> None:
    made = survey_table.sample(len(survey_table), replace=True, random_state=1)
    ctx = EvalContext(
        survey_table, survey_table.iloc[:0], survey_table.iloc[:500],
        made.reset_index(drop=True), PAPER, target="heart_attack", task="classification",
        survey=NHANES, seed=1,
    )  # fmt: skip
    rows, _ = evaluate(ctx, ("utility",), {}, only=("inference.design_based", "inference.imputed"))
    by_design, by_imputation = (r for r in rows if r.column is None)
    assert by_design.status == by_imputation.status == "described"
    assert "30 sampling units in 15 strata, t with 15" in by_design.message
    assert "Synthetic rows: by their own design" in by_design.message
    assert "more than complete cases" in by_imputation.message
    age = [r for r in rows if r.column == "age"]
    assert [set(r.estimates) for r in age] == [{"real", "synthetic"}, {"real"}]
    (table,) = (t for t in printed_tables(ctx)["tables"] if t["name"] == "table3_sensitivity")
    assert table["header"] == [
        "Term", "Real OR, main", "Real OR, design-based", "Synthetic OR, main",
        "Synthetic OR, design-based", "Real OR, imputed",
    ]  # fmt: skip

    bare = ctx.with_synthetic(ctx.synthetic.drop(columns=list(NHANES.names)))
    (row,) = own(bare, "inference.design_based")
    assert "Synthetic rows: no design-based analysis: there is no column" in row.message


def test_without_a_design_or_missing_cells_nothing_is_added() -> None:
    ctx = asked(people(600, 4).dropna(), train=people(700, 1).dropna().reset_index(drop=True))
    (row,) = own(ctx, "inference.design_based")
    assert row.status == "not_assessed" and "no column of a survey design" in row.message
    (row,) = own(ctx, "inference.imputed")
    assert row.value == 0.0 and "changes nothing" in row.message
    names = [t["name"] for t in printed_tables(ctx)["tables"]]
    assert "table3_sensitivity" not in names


def test_a_lonely_unit_is_said_of_the_side_that_has_it() -> None:
    frame = grouped(600)
    columns = SurveyColumns(strata="stratum", psu="unit")
    made = frame.assign(unit=frame["unit"].where(frame["stratum"] > 0, 1))
    (row,) = own(asked(made, train=frame, survey=columns), "inference.design_based")
    assert row.status == "described" and "1 of 3 strata has one sampling unit" in row.message
    (row,) = own(asked(frame, train=made, survey=columns), "inference.design_based")
    assert row.status == "not_assessed" and "1 of 3 strata has one" in row.message


def test_rows_without_a_weight_are_counted_roughly() -> None:
    frame = grouped(600)
    frame.loc[:3, "weight"] = np.nan
    columns = SurveyColumns(weights="weight")
    assert isinstance(survey_of(frame, columns), Survey)
    assert survey_of(frame, columns).without == 4
    (row,) = own(asked(frame, train=frame, survey=columns), "inference.design_based")
    assert "place in the design: under 10" in row.message
