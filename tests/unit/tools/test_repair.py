"""Whatever a generator returns, the repaired table is in the schema; every change is counted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.graph.errors import DataError
from synthcraft.tools.repair import conforms, repair
from synthcraft.tools.schema_inference import canonical, infer_schema

N = 60


def real() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "age": [20 + i % 50 for i in range(N)],
            "bmi": [20.0 + (i % 30) / 10 for i in range(N)],
            "ldl": [None if i % 7 == 0 else 1.0 + (i % 23) / 100 for i in range(N)],
            "ethnicity": [(1, 2, 3, 6, 7)[i % 5] for i in range(N)],
            "stage": [("I", "II", "III", "IV")[i % 4] for i in range(N)],
            "site": [None if i % 9 == 0 else "ABC"[i % 3] for i in range(N)],
            "died": [i % 4 == 0 for i in range(N)],
            "dose": [0.5 if i % 2 else 2.0 for i in range(N)],
            "seen": pd.date_range("2020-01-01", periods=N).strftime("%d/%m/%Y"),
            "unit": ["mg"] * N,
        }
    )
    return canonical(frame)


REAL = real()
SCHEMA = infer_schema(REAL)
ANY_CELL: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
    st.sampled_from(["I", "A", "2020-01-05", "1.0", "True", pd.Timestamp("2020-02-02 13:14")]),
)


@st.composite
def synthetic(draw: st.DrawFn) -> pd.DataFrame:
    size = draw(st.integers(1, 6))
    cells = st.lists(ANY_CELL, min_size=size, max_size=size)
    names = draw(st.permutations(SCHEMA.names))
    return pd.DataFrame({n: pd.Series(draw(cells), dtype=object) for n in [*names, "extra"]})


def test_the_real_table_passes_unchanged() -> None:
    fixed, report = repair(REAL, SCHEMA)
    pd.testing.assert_frame_equal(fixed, REAL)
    assert not report.cells_repaired and not report.unseen_categories
    assert conforms(REAL, SCHEMA) == []


@settings(max_examples=60)
@given(synthetic())
def test_repaired_tables_always_conform(frame: pd.DataFrame) -> None:
    fixed, report = repair(frame, SCHEMA)
    assert conforms(fixed, SCHEMA) == []
    assert len(fixed) == len(frame)
    assert report.rejected_columns == ("extra",)
    again, second = repair(fixed, SCHEMA)
    pd.testing.assert_frame_equal(again, fixed)
    assert not second.cells_repaired


def test_every_change_is_counted_and_rounding_is_none() -> None:
    frame = REAL.astype(object)
    frame.loc[:2, "age"] = [19.2, 500, 30.4]
    frame.loc[0, "bmi"] = 21.04999
    frame.loc[0, "ethnicity"] = 5.2
    frame.loc[1, "stage"] = "V"
    frame.loc[1, "site"] = "Z"
    frame.loc[0, "seen"] = pd.Timestamp("2030-01-01")
    frame.loc[:1, "ldl"] = [np.inf, None]
    fixed, report = repair(frame, SCHEMA)
    assert fixed["age"].head(3).tolist() == [20, 69, 30]
    assert fixed["bmi"].iloc[0] == 21.0
    assert fixed["ethnicity"].iloc[0] == 6
    assert fixed["stage"].iloc[1] in ("I", "II", "III", "IV")
    assert pd.isna(fixed["site"].iloc[1]) and fixed["ldl"].head(2).isna().all()
    assert report.unseen_categories == {"ethnicity": 1, "stage": 1, "site": 1}
    counted = {"age": 2, "ethnicity": 1, "stage": 1, "site": 1, "seen": 1, "ldl": 1}
    assert report.cells_repaired == counted


def test_missing_stays_where_the_real_column_has_it_and_is_filled_elsewhere() -> None:
    frame = REAL.astype(object)
    frame.loc[:4, ["ldl", "age", "stage"]] = None
    fixed, report = repair(frame, SCHEMA)
    assert fixed["ldl"].head(5).isna().all()
    assert not fixed["age"].isna().any() and not fixed["stage"].isna().any()
    assert report.cells_repaired == {"age": 5, "stage": 5}


def test_constant_columns_come_back_and_other_absent_ones_are_an_error() -> None:
    fixed, _ = repair(REAL.drop(columns="unit"), SCHEMA)
    assert set(fixed["unit"]) == {"mg"}
    with pytest.raises(DataError, match="'age'") as caught:
        repair(REAL.drop(columns="age"), SCHEMA)
    assert caught.value.code == "E_COLUMNS"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: f.drop(columns="age"), "1 absent"),
        (lambda f: f[f.columns[::-1]], "another order"),
        (lambda f: f.assign(age=f["age"].astype("float64")), "float64 and not Int64"),
        (lambda f: f.assign(age=f["age"] + 1000), "out of range"),
        (lambda f: f.assign(bmi=f["bmi"].clip(upper=22) + 0.001), "too many decimals"),
        (lambda f: f.assign(stage=f["stage"].str.lower()), "unknown category"),
        (lambda f: f.assign(bmi=f["bmi"].where(f["bmi"] > 21)), "cells are missing"),
    ],
)
def test_departures_are_named(spoil: Any, words: str) -> None:
    assert any(words in problem for problem in conforms(spoil(REAL), SCHEMA))
