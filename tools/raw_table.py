"""A table as a reader found it, and the checks that every reader makes."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from synthcraft.graph.errors import DataError, InputError
from synthcraft.tools.table_limits import Limits

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHOWN = 5
_SHOWN_LENGTH = 60


@dataclass
class RawTable:
    """What a reader returns: dtypes as the format gave them, names clean and unique."""

    frame: pd.DataFrame
    format: str
    notes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    """Column name -> its description, where the format carries one."""
    decimal: str = "."
    """Decimal mark of numbers that are still text."""


@dataclass(frozen=True)
class Request:
    """What the person asked of the file."""

    columns: tuple[str, ...] = ()
    sheet: str | None = None
    limits: Limits = field(default_factory=Limits)


def clean_names(names: Iterable[object]) -> list[str]:
    """Names as they are, control characters replaced by a space; blank or double ones refused."""
    cleaned = [_CONTROL.sub(" ", str(name)) for name in names]
    blank = [str(i) for i, name in enumerate(cleaned, start=1) if not name.strip()]
    if blank:
        raise DataError(
            f"{len(blank)} of {len(cleaned)} columns have no name (column {_list(blank)}).",
            "Give every column a name, or remove it if it only numbers the rows.",
            code="E_COLUMN_NAME",
        )
    double = [name for name, count in Counter(cleaned).items() if count > 1]
    if double:
        raise DataError(
            f"Column names occur more than once: {quoted(double)}.",
            "Rename or remove the second of each.",
            code="E_DUPLICATE_COLUMNS",
        )
    return cleaned


def chosen_columns(names: Sequence[str], request: Request) -> list[str]:
    """The columns to read, in table order, after checking names and number."""
    cleaned = clean_names(names)
    for wanted in request.columns:
        if wanted not in cleaned:
            raise missing_column(wanted, cleaned)
    chosen = [name for name in cleaned if not request.columns or name in request.columns]
    if len(chosen) > request.limits.max_columns:
        raise DataError(
            f"The table has {len(chosen):,} columns: choose at most "
            f"{request.limits.max_columns:,} with --columns.",
            code="E_TOO_MANY_COLUMNS",
        )
    return chosen


def check_rows(rows: int, limits: Limits) -> None:
    """Refuse more rows than the limit; readers call it as soon as they know the number."""
    if rows > limits.max_rows:
        raise DataError(
            f"The table has more than {limits.max_rows:,} rows.",
            "Draw a sample of the rows and use that.",
            code="E_TOO_MANY_ROWS",
        )


def no_file(path: Path) -> InputError:
    """The error for a file that is not there."""
    return InputError(
        f"There is no file {path}.", "Check the name and the folder.", code="E_NO_FILE"
    )


def missing_column(name: str, names: Sequence[str], code: str = "E_NO_COLUMN") -> InputError:
    """The error for a column that is not there, with the three nearest names."""
    lowered = {known.lower(): known for known in reversed(names)}
    near = [lowered[n] for n in difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.3)]
    hint = f"Did you mean {quoted(near)}?" if near else f"There are: {quoted(names)}."
    return DataError(f"There is no column {quoted([name])}.", hint, code=code)


def quoted(names: Sequence[str]) -> str:
    """Up to five names for a message, long ones cut."""
    return _list([f"'{_short(name)}'" for name in names])


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN_LENGTH else name[: _SHOWN_LENGTH - 1] + "…"


def _list(items: Sequence[str]) -> str:
    more = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
