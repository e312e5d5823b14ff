"""What an engine sees, and whether the way back is exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import DataError
from synthcraft.tools.generators.binning import Bins
from synthcraft.tools.generators.encoding import EncodedTable, encode
from synthcraft.tools.table_schema import Column, TableSchema


def clinic(rows: int = 200) -> tuple[pd.DataFrame, TableSchema]:
    """Every kind of column, missing values in most."""
    rng = np.random.default_rng(5)
    holes = rng.random((rows, 6)) < 0.15
    frame = pd.DataFrame(
        {
            "🏥 age": pd.array(rng.integers(20, 90, rows), dtype="Int64"),
            "bmi": rng.normal(28, 5, rows).round(1),
            'sex "q"': pd.array(rng.choice(["f", "m"], rows), dtype="string"),
            "stage": pd.array(rng.integers(1, 5, rows) * 10, dtype="Int64"),
            "seen": pd.to_datetime("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "dead": pd.array(rng.random(rows) < 0.2, dtype="boolean"),
            "site": pd.array(["A"] * rows, dtype="string"),
            "empty": pd.Series([np.nan] * rows, dtype="float64"),
        }
    )
    for position in range(6):
        frame.loc[holes[:, position], frame.columns[position]] = pd.NA
    kinds = ["integer", "numeric", "category", "integer", "date", "binary", "constant", "constant"]
    columns = tuple(
        Column(name=str(n), kind=k, dtype=str(frame[n].dtype), nullable=True)
        for n, k in zip(frame.columns, kinds, strict=True)
    )
    return frame, TableSchema(columns=columns)


@pytest.fixture
def table() -> EncodedTable:
    return encode(*clinic(), seed=1)


def test_decoding_the_encoded_rows_gives_the_table_back(table: EncodedTable) -> None:
    frame, _ = clinic()
    assert table.valid(table.frame).all()
    pd.testing.assert_frame_equal(table.decode(table.frame), frame)


def test_engines_see_complete_numbers_under_plain_names(table: EncodedTable) -> None:
    frame, _ = clinic()
    assert not table.frame.isna().any().any()
    assert {str(dtype) for dtype in table.frame.dtypes} == {"int64", "float64"}
    assert all(str(name).isalnum() and str(name).isascii() for name in table.frame.columns)
    for name, levels in table.codes.items():
        assert sorted(table.frame[name].unique()) == list(range(levels))
    for name in set(table.frame.columns) - set(table.codes):
        assert table.frame[name].nunique() >= 15
    indicators = table.frame[[n for n in table.frame.columns if str(n).endswith("m")]]
    assert sorted(indicators.sum()) == sorted(
        frame[["🏥 age", "bmi", "seen"]].isna().sum().tolist()
    )


def test_ordered_levels_keep_their_order(table: EncodedTable) -> None:
    frame, _ = clinic()
    stage = frame["stage"]
    present = stage.notna().to_numpy()
    codes = table.frame["c3"].to_numpy()
    assert (np.argsort(np.unique(codes[present])) == range(4)).all()
    assert (codes[present] == stage[present].to_numpy(dtype=int) // 10 - 1).all()
    assert set(codes[~present]) == {4}


def test_stand_ins_for_missing_numbers_follow_the_seed_and_the_observed_values() -> None:
    frame, schema = clinic()
    missing = frame["bmi"].isna().to_numpy()
    draws = [encode(frame, schema, seed).frame["c1"].to_numpy()[missing] for seed in (1, 1, 2)]
    assert (draws[0] == draws[1]).all() and (draws[0] != draws[2]).any()
    assert set(draws[0]) <= set(frame["bmi"].dropna())


def test_rows_out_of_all_bounds_are_not_valid(table: EncodedTable) -> None:
    made = table.frame.head(5).copy().astype(float)
    made["c1m"] = 0.0
    made.loc[0, "c1"] = np.inf
    made.loc[1, "c1"] = 1e6
    made.loc[2, "c2"] = 99
    made.loc[3, "c5"] = np.nan
    assert table.valid(made).tolist() == [False, False, False, False, True]


def test_missing_rate_that_an_engine_makes_comes_back(table: EncodedTable) -> None:
    made = table.frame.copy()
    made["c1m"] = np.arange(len(made)) % 4 == 0
    assert table.decode(made)["bmi"].isna().mean() == 0.25


def test_time_of_day_survives() -> None:
    seen = pd.Series(pd.date_range("2021-03-01 10:30:05", periods=40, freq="37min"))
    schema = TableSchema(columns=(Column(name="seen", kind="date", dtype="datetime64[ns]"),))
    frame = pd.DataFrame({"seen": seen.astype("datetime64[ns]")})
    table = encode(frame, schema)
    pd.testing.assert_frame_equal(table.decode(table.frame), frame)


@pytest.mark.parametrize("kind", ["identifier", "text"])
def test_identifiers_and_free_text_are_refused(kind: str) -> None:
    frame = pd.DataFrame({"note": pd.array(["Mrs Miller", "Mr Smith"], dtype="string")})
    column = Column(name="note", kind=kind, dtype="string")  # type: ignore[arg-type]
    with pytest.raises(DataError) as error:
        encode(frame, TableSchema(columns=(column,)))
    assert "note" in str(error.value) and "Miller" not in str(error.value)


def test_bins_are_consecutive_and_return_to_the_same_interval(table: EncodedTable) -> None:
    bins = Bins.of(table.frame, table.codes, 12)
    coded = bins.encode(table.frame)
    assert sorted(coded["c1"].unique()) == list(range(12))
    back = bins.decode(coded, np.random.default_rng(0))
    pd.testing.assert_frame_equal(bins.encode(back), coded)
    pd.testing.assert_frame_equal(back[list(table.codes)], table.frame[list(table.codes)])
