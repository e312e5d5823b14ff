"""One matrix for all tables: the same reference, the same terms, and what was left out and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.inference.design import OTHER, Term, formula, independent, model_matrix
from synthcraft.tools.table_schema import Column

from .conftest import PAPER, PEOPLE, people


def test_the_reference_is_the_largest_real_group_on_both_sides() -> None:
    real, synthetic = people(500, 1), people(500, 2)
    synthetic["site"] = synthetic["site"].replace({"a": "c", "c": "a"})
    recipe = formula(real, PEOPLE.columns[:4], "ill", "classification")
    assert [str(t) for t in recipe.terms] == ["age", "bmi", "sex: m", "site: b", "site: c"]
    assert recipe.event == "1"
    other = model_matrix(recipe, synthetic)
    complete = synthetic.dropna()
    assert other.x[:, 4] == pytest.approx((complete["site"] == "c").to_numpy(dtype=float))
    assert other.x[:, 0] == pytest.approx(complete["age"].to_numpy(dtype=float))


def test_complete_cases_are_counted_by_variable() -> None:
    frame = people(500, 1)
    frame.loc[:19, "ill"] = pd.NA
    frame.loc[10:29, "sex"] = pd.NA
    missing = int(frame["bmi"].isna().sum())
    recipe = formula(frame, PEOPLE.columns[:4], "ill", "classification")
    design = model_matrix(recipe, frame)
    assert design.excluded == {"bmi": missing, "sex": 20, "ill": 20}
    assert design.rows == 500 and design.n == len(frame.dropna())
    rows, events = design.levels["site", "b"]
    kept = frame.dropna()
    assert rows == int((kept["site"] == "b").sum())
    assert events == int(((kept["site"] == "b") & (kept["ill"] == 1)).sum())


def test_levels_of_few_people_are_one_level_and_unknown_ones_are_excluded() -> None:
    real = people(500, 1)
    real.loc[:23, "site"] = [f"rare {i % 3}" for i in range(24)]
    recipe = formula(real, PEOPLE.columns[:4], "ill", "classification")
    assert recipe.factors["site"].levels[-1] == OTHER
    assert model_matrix(recipe, real).levels["site", OTHER][0] <= 24
    synthetic = people(500, 2)
    synthetic.loc[:6, "site"] = "never seen"
    assert model_matrix(recipe, synthetic).excluded["site"] == 7
    few = people(500, 1)
    few.loc[:2, "site"] = "rare"
    alone = formula(few, PEOPLE.columns[:4], "ill", "classification")
    assert OTHER not in alone.factors["site"].levels
    assert model_matrix(alone, few).excluded["site"] == 3


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("site", lambda n: ["a"] * n, "one level"),
        ("site", lambda n: [pd.NA] * n, "under 10 known"),
        ("site", lambda n: [f"s{i % 40}" for i in range(n)], "over 30 levels"),
        ("site", lambda n: [f"s{i}" for i in range(n)], "one level"),
        ("bmi", lambda n: [30.0] * n, "one value"),
        ("bmi", lambda n: [np.nan] * n, "no known value"),
    ],
)
def test_columns_that_cannot_stand_in_a_model_are_named_with_the_reason(
    column: str, values: object, reason: str
) -> None:
    real = people(600, 1)
    real[column] = pd.Series(values(600), dtype=real[column].dtype)  # type: ignore[operator]
    recipe = formula(real, PEOPLE.columns[:4], "ill", "classification")
    assert reason in recipe.left_out[Term(column)]
    assert column not in recipe.columns


def test_collinear_columns_go_in_table_order() -> None:
    real = people(400, 1).assign(twice=lambda f: f["age"] * 2, copy=lambda f: f["site"])
    more = (
        *PEOPLE.columns[:4],
        Column(name="twice", kind="integer", dtype="Int64"),
        Column(name="copy", kind="category", dtype="string"),
    )
    recipe = formula(real, more, "ill", "classification")
    assert {str(t) for t in recipe.left_out} == {"twice", "copy: b", "copy: c"}
    assert len(recipe.terms) == 5


def test_independent_columns_are_found_one_by_one() -> None:
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(0, 1, (3, 100))
    x = np.column_stack([a, np.full(100, 3.0), 1e6 * b, a - 2 * b + 4, c, 1e-6 * c])
    assert independent(x).tolist() == [True, False, True, False, True, False]


def test_the_time_of_survival_is_no_predictor_and_must_be_positive() -> None:
    frame = people(400, 1)
    frame.loc[:4, "days"] = 0
    recipe = formula(frame, PEOPLE.columns, "ill", "survival", "days")
    assert "days" not in recipe.columns
    assert model_matrix(recipe, frame).excluded["days"] == 5
    # the event is the later level even where it is the common one
    assert frame["ill"].mean() > 0.5 and recipe.event == "1"


def test_the_model_of_the_paper(paper_table: pd.DataFrame) -> None:
    recipe = formula(paper_table, PAPER.columns, "heart_attack", "classification")
    design = model_matrix(recipe, paper_table)
    assert (design.n, design.events, len(recipe.terms)) == (2924, 122, 10)
    assert recipe.factors["ethnicity"].levels[0] == "Non-Hispanic White"
    assert recipe.factors["gender"].levels[0] == "Female"
    assert not design.excluded and not recipe.left_out
