"""Kinds, decimals, date formats and identifiers, each on the smallest table that shows it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.canonical import canonicalise
from synthcraft.tools.schema_inference import canonical, infer_schema

N = 120
DAYS = pd.date_range("1950-03-01", periods=N, freq="97D")

KINDS = {
    "two numbers": ([0.0, 1.5] * 60, "binary", "float64"),
    "truth": ([True, False, None] * 40, "binary", "boolean"),
    "words for truth": (["True", "False"] * 60, "binary", "boolean"),
    "codes": ([1, 2, 3, 4, 6, 7] * 20, "category", "Int64"),
    "counts": (list(range(40)) * 3, "integer", "Int64"),
    "whole floats": ([float(i) for i in range(39)] * 3 + [np.nan] * 3, "integer", "Int64"),
    "measure": (np.random.default_rng(0).normal(size=N), "numeric", "float64"),
    "levels": (["a", "b", "c"] * 40, "category", "string"),
    "many levels": ([f"ward {i % 60} north" for i in range(N)], "text", "string"),
    "iso dates": (DAYS.strftime("%Y-%m-%d"), "date", "datetime64[ns]"),
    "python dates": (DAYS.date, "date", "datetime64[ns]"),
    "zoned": (DAYS.tz_localize("Europe/Berlin"), "date", "datetime64[ns]"),
    "packed dates": (DAYS.strftime("%Y%m%d").astype(int), "date", "datetime64[ns]"),
    "nothing": ([None] * N, "constant", "string"),
    "one": ([3] * 100 + [None] * 20, "constant", "Int64"),
    "row": (list(range(N)), "identifier", "Int64"),
    "uniq": ([f"P{i:05d}x" for i in range(N)], "identifier", "string"),
    "patient_id": ([i // 3 for i in range(N)], "identifier", "Int64"),
    "patientId": ([f"x{i // 3}" for i in range(N)], "identifier", "string"),
    "contact": ([f"a{i}@example.org" for i in range(60)] * 2, "identifier", "string"),
    "nhs": (9_430_000_000 + np.arange(N) * 7_919, "identifier", "Int64"),
    "fluid": (list(range(40)) * 3, "integer", "Int64"),
    "salary": (20_000 + (np.arange(N) * 7_919) % 90_000, "integer", "Int64"),
    "huge": ([2**63 + i for i in range(N)], "identifier", "string"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind_and_dtype(name: str) -> None:
    values, kind, dtype = KINDS[name]
    column = infer_schema(canonical(pd.DataFrame({name: values})))[name]
    assert (column.kind, column.dtype) == (kind, dtype)


@pytest.mark.parametrize(
    "date_format", ["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S", "%d%b%Y", "%d.%m.%Y", "%Y%m%d"]
)
def test_dates_keep_the_format_in_which_they_stood(date_format: str) -> None:
    frame = pd.DataFrame({"visit": DAYS.strftime(date_format)})
    done = canonicalise(frame)
    assert done.frame["visit"].tolist() == DAYS.tolist()
    column = infer_schema(done.frame, done.date_formats)["visit"]
    assert column.date_format == date_format
    assert column.low == "1950-03-01T00:00:00"


def test_ambiguous_and_impossible_dates_are_noted() -> None:
    either = canonicalise(pd.DataFrame({"seen": ["01/02/2020", "03/04/2021"]}))
    assert either.frame["seen"].iloc[0] == pd.Timestamp("2020-02-01")
    assert "day first" in either.notes[0]
    texts = [f"{d:02d}.02.2019" for d in range(1, 29)] + ["30.02.2019"]
    wrong = canonicalise(pd.DataFrame({"seen": texts}))
    assert wrong.frame["seen"].isna().sum() == 1
    assert "under 10 different texts are not possible dates" in wrong.notes[0]


def test_eight_digits_that_are_no_dates_stay_numbers() -> None:
    frame = pd.DataFrame({"volume": [20231399, 20230231, 20230101] * 20})
    assert infer_schema(frame)["volume"].dtype == "Int64"


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([0.5, 1.25], 2), ([1e-7, 1.0], 7), ([1 / 3, 2.0], None), (np.float32([27.1, 3.25]), 2)],
)
def test_decimals_are_counted(values: Any, decimals: int | None) -> None:
    series = pd.concat([pd.Series(values)] * 3 + [pd.Series([9], dtype="float32")])
    frame = pd.DataFrame({"x": series})
    assert infer_schema(frame)["x"].decimals == decimals


def test_canonical_is_idempotent_and_keeps_order() -> None:
    frame = pd.DataFrame({name: list(v) for name, (v, _, _) in KINDS.items() if len(list(v)) == N})
    once = canonical(frame)
    assert list(once) == list(frame)
    pd.testing.assert_frame_equal(canonical(once), once)


def test_categories_are_python_values_that_survive_json() -> None:
    frame = pd.DataFrame({"code": [1, 2, 3] * 40, "flag": [True, False, None] * 40})
    schema = infer_schema(frame)
    assert schema["code"].categories == (1, 2, 3)
    assert type(schema).model_validate_json(schema.model_dump_json()) == schema
