"""CSV that a person may open in a spreadsheet: no cell of it becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?: ?%)?"
_NUMBERS = re.compile(rf"{_NUMBER}(?:(?: to |–| \(|; ){_NUMBER})*\)?", re.ASCII)
"""A number or share, or an estimate with its interval."""

_CALCULATED = re.compile(r"[=@\t\r]|[+-][A-Za-z(]")


def calculated(text: str) -> bool:
    """Whether a spreadsheet that opens it in a CSV file would take it for a formula."""
    return _CALCULATED.match(text) is not None


def as_csv(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table as CSV text; a missing number is an empty field.

    Not for rows of data: their bytes are what was evaluated, and stay as they are.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([as_cell(value) for value in row] for row in (header, *rows))
    return text.getvalue()


def as_cell(value: object) -> object:
    """The value; an apostrophe stands before a text that a spreadsheet would calculate."""
    text = value if isinstance(value, str) else ""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBERS.fullmatch(text) else value
