"""Numbers in words and digits, with their units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.agents.language.numbers import number, quantities
from synthcraft.agents.language.text import plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10k", 10_000),
        ("10 k", 10_000),
        ("five thousand", 5_000),
        ("two hundred and fifty", 250),
        ("two hundred thousand", 200_000),
        ("1.5 million", 1_500_000),
        ("twenty five", 25),
        ("three thousand five hundred", 3_500),
        (".5", 0.5),
        ("-3", -3),
    ],
)
def test_number(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "ten apples", "10x", "k", "nothing"])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None or text == "k"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2,000 synthetic rows", (2_000, "rows")),
        ("2'000 patients", (2_000, "rows")),
        ("10 000 records", (10_000, "rows")),
        ("epsilon of 0.5", (0.5, "epsilon")),
        ("an ε = 1", (1, "epsilon")),
        ("a budget of ten minutes", (10, "minutes")),
        ("2 hours", (120, "minutes")),
        ("90 seconds", (1.5, "minutes")),
        ("number of rows: 800", (800, "rows")),
        ("n_iter 300", (300, "")),
    ],
)
def test_units(text: str, expected: tuple[float, str]) -> None:
    (found,) = quantities(plain(text))
    assert (round(found.value, 9), found.unit) == expected


def test_shares_of_the_original() -> None:
    found = [quantities(t)[0] for t in ("half the rows", "twice as many", "the same size")]
    assert [(q.value, q.relative) for q in found] == [(0.5, True), (2.0, True), (1.0, True)]


@given(value=st.integers(min_value=1, max_value=9_999_999))
def test_any_number_of_rows_is_read_with_and_without_separators(value: int) -> None:
    for text in (f"{value} rows", f"{value:,} rows"):
        (found,) = quantities(plain(text))
        assert (found.value, found.unit) == (value, "rows")
