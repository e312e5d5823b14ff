"""Any codebook is read beside its table, or refused: in cells as people write them, and as JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.strategies import TEXTS, changed_json, examples
from tests.fuzz.targets import KINDS, TARGETS

ENDS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(["1e999", "-1e400", "1e308", ".5", "0001-01-01", "9999-12-31", "2021-02-30"]),
)  # fmt: skip
RANGES = st.builds(
    str.format,
    st.sampled_from(["{}-{}", "{} to {}", "[{}; {})", "]{};{}]", ">={}", "<{}", "{} < x <= {}"]),
    ENDS,
    ENDS,
)
CODES = st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(
    lambda pairs: "; ".join(f"{code}={label}" for code, label in pairs)
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["age", "sex", "site", "bmi", "seen", "ill", "AGE ", "other"]),
        TEXTS,
        CODES | TEXTS,
        RANGES | TEXTS,
        ENDS | TEXTS,
    ),
    max_size=6,
)
KEPT = {
    "file": "c.csv",
    "sha256": "",
    "entries": [{"name": "seen", "codes": {"1": "a"}, "bounds": {"low": 1.0, "high": 2.0}}],
}


@given(rows=ROWS)
@examples(25)
def test_cells_of_any_codebook_are_read_or_refused(rows: list[tuple[str, ...]]) -> None:
    made = io.StringIO()
    csv.writer(made).writerows([("name", "label", "codes", "range", "min"), *rows])
    TARGETS["codebook"](bytes([KINDS.index(".csv")]) + made.getvalue().encode())


@given(entry=changed_json(KEPT["entries"][0]), name=st.sampled_from(["age", "bmi", "seen", "sex"]))
@examples(25)
def test_a_codebook_of_an_earlier_run_that_was_changed_is_read_or_refused(
    entry: Any, name: str
) -> None:
    named = {**entry, "name": name} if isinstance(entry, dict) else entry
    kept = json.dumps({**KEPT, "entries": [named]}).encode()
    TARGETS["codebook"](bytes([KINDS.index(".json")]) + kept)
