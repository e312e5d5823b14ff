"""A foreign table under the real schema: read alike where nothing is lost, else left alone."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from synthcraft.tools.alignment import align, read_as
from synthcraft.tools.table_schema import Column, TableSchema

KINDS: dict[str, Any] = {
    "Int64": "integer", "float64": "numeric", "string": "category", "boolean": "binary",
    "datetime64[ns]": "date",
}  # fmt: skip


def column(dtype: str) -> Column:
    decimals = 1 if dtype == "float64" else None
    return Column(name="x", kind=KINDS[dtype], dtype=dtype, decimals=decimals)


@pytest.mark.parametrize(
    ("values", "dtype", "read"),
    [
        ([1.0, 2.0, None], "Int64", True),
        (["1", "2", None], "Int64", True),
        ([True, False, None], "Int64", True),
        ([1.5, 2.0, None], "Int64", False),
        (["one", "2", None], "Int64", False),
        ([1, 2, None], "float64", True),
        ([float("inf"), 2.0, None], "float64", True),
        ([1, 2, None], "string", True),
        ([0, 1, None], "boolean", True),
        (["True", "false", None], "boolean", True),
        (["yes", "no", None], "boolean", False),
        (["2020-01-31", "2021-02-01", None], "datetime64[ns]", True),
        (["soon", "2021-02-01", None], "datetime64[ns]", False),
        ([None, None, None], "Int64", True),
    ],
)
def test_a_column_is_read_only_if_every_value_survives(
    values: list[Any], dtype: str, read: bool
) -> None:
    before = pd.Series(values)
    after = read_as(before, column(dtype))
    assert (str(after.dtype) == dtype) is read
    assert after.isna().equals(before.isna())
    if not read:
        assert after.equals(before)


def test_numbers_keep_their_decimals() -> None:
    text = pd.Series(["1.2345", "2"])
    assert read_as(text, column("float64")).tolist() == [1.2345, 2.0]


def test_columns_come_in_the_order_of_the_schema_and_the_rest_behind_them() -> None:
    names = ("a", "b", "c")
    schema = TableSchema(
        columns=tuple(Column(name=n, kind="integer", dtype="Int64") for n in names)
    )
    frame = pd.DataFrame({"more": ["x"], "b": [1], "a": ["no number"]}, index=[7])
    done = align(frame, schema)
    assert list(done.frame.columns) == ["a", "b", "more"] and list(done.frame.index) == [0]
    told = " ".join(done.notes)
    assert "'c'" in told and "'more'" in told and "another type" in told and "order" in told
    assert "no number" not in told
