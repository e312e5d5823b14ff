"""Synthetic files say what they are, and rows with a mark are known again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from synthcraft.graph.errors import InputError
from synthcraft.tools.labels import (
    ID,
    NOTE,
    Origin,
    label_in,
    origin,
    row_id,
    with_ids,
    write_labelled,
)
from synthcraft.tools.labels_excel import cells, label_in_workbook, workbook

SECRET, RELEASE = b"k" * 32, "ab" * 32


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame({"age": ["40", "51", "51"], "sex": ["f", "", "m"]})


def test_a_labelled_file_says_so_and_reads_back_equal(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "age": pd.array([40, None], dtype="Int64"),
            "sex": pd.Categorical(["f", "größer"]),
            "seen": pd.to_datetime(["2020-01-01", None]),
        }
    )
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    write_labelled(frame, one, "cart")
    write_labelled(frame, two, "cart")
    assert one.read_bytes() == two.read_bytes()
    pd.testing.assert_frame_equal(pd.read_parquet(one), frame)
    assert label_in(one)["synthetic"] == "true"
    assert label_in(one)["generator"] == "cart"
    frame.to_parquet(two)
    assert label_in(two) == {}
    two.write_text("no table")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        label_in(two)


def test_marks_stand_in_front_and_need_the_secret(table: pd.DataFrame) -> None:
    marked = with_ids(table, SECRET, RELEASE)
    assert list(marked) == [ID, "age", "sex"]
    assert marked[ID].is_unique
    assert marked[ID].str.fullmatch("SYN-[0-9a-f]{20}").all()
    pd.testing.assert_frame_equal(marked[["age", "sex"]], table)
    assert row_id(b"x" * 32, RELEASE, 0) != row_id(SECRET, RELEASE, 0)
    assert row_id(SECRET, "cd" * 32, 0) != row_id(SECRET, RELEASE, 0)
    with pytest.raises(InputError, match="has a column _syn_id already"):
        with_ids(marked, SECRET, RELEASE)


def test_rows_are_known_in_any_order_and_changes_are_counted(table: pd.DataFrame) -> None:
    marked = with_ids(table, SECRET, RELEASE)
    some = marked.loc[[2, 0], ["sex", ID]]
    assert origin(some, table, SECRET, RELEASE) == Origin(ours=2, changed=0, doubled=0, foreign=0)
    spoilt = pd.concat([marked, marked.tail(1)], ignore_index=True)
    spoilt.loc[0, "age"] = "41"
    spoilt.loc[1, ID] = "SYN-" + "0" * 20
    assert origin(spoilt, table, SECRET, RELEASE) == Origin(ours=1, changed=1, doubled=1, foreign=1)
    assert origin(marked, table, b"x" * 32, RELEASE).foreign == 3


def test_a_workbook_says_what_it_is_and_keeps_its_values(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "age": pd.array([40, None], dtype="Int64"),
            "=1+1": pd.Categorical(["=2+2", "größer\x01"]),
            "seen": pd.to_datetime(["2020-01-02", "1890-01-02"]),
            "much": [2.0**60, float("inf")],
        }
    )
    file = tmp_path / "made.xlsx"
    file.write_bytes(workbook(frame, {"synthetic": "true", "generator": "cart"}))
    book = load_workbook(file)
    assert book.properties.title == "SYNTHETIC DATA" and NOTE in book.properties.description
    assert label_in_workbook(file) == {"synthetic": "true", "generator": "cart"}
    assert {cell.data_type for row in book.active for cell in row} <= {"s", "n", "d"}, "a formula"
    assert cells(file) == [
        tuple(frame),
        (40, "=2+2", frame["seen"][0], "1.152921504606847e+18"),
        (None, "größer�", "1890-01-02T00:00:00", "inf"),
    ]
    load_workbook(file).save(file)
    assert label_in_workbook(file)["synthetic"] == "true", "lost when somebody saved it"
    pd.DataFrame({"age": [40]}).to_excel(file)
    assert label_in_workbook(file) == {}
    with pytest.raises(InputError, match="holds 1,048,575 rows"):
        workbook(pd.DataFrame({"a": range(2**20)}), {})
