"""Columns as numbers or level codes, the same way for every metric; missing stays missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.table_schema import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EPOCH = pd.Timestamp("1970-01-01")
_MAX_LEVELS = 30


def is_compared(column: Column) -> bool:
    """Whether a column takes part in comparisons at all."""
    return column.kind not in {"identifier", "text"}


def is_number(column: Column) -> bool:
    """Whether a column has an order and distances."""
    return column.kind in {"numeric", "integer", "date"}


def numbers(series: pd.Series[Any]) -> Floats:
    """Values as floats (dates as days); missing, infinite and unreadable values are NaN."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        days = (series.dt.tz_localize(None) - _EPOCH) / pd.Timedelta(days=1)
        return np.asarray(days.to_numpy(dtype=float, na_value=np.nan))
    values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def label(value: object) -> str:
    """One spelling per level: 1, 1.0 and "1" are the same."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def factorised(series: pd.Series[Any]) -> tuple[Ints, list[str]]:
    """Codes (-1 is missing) and the label of each code."""
    codes, uniques = pd.factorize(series, use_na_sentinel=True)
    return np.asarray(codes, dtype=np.int64), [label(u) for u in uniques]


def level_counts(series: pd.Series[Any]) -> dict[str, int]:
    """Rows of each level; missing is not a level here."""
    codes, labels = factorised(series)
    counts: dict[str, int] = {}
    for text, count in zip(
        labels, np.bincount(codes[codes >= 0], minlength=len(labels)), strict=True
    ):
        counts[text] = counts.get(text, 0) + int(count)
    return counts


def main_levels(series: pd.Series[Any], limit: int = _MAX_LEVELS) -> tuple[str, ...]:
    """Levels with at least ten rows, most frequent first, at most `limit` of them.

    Ties keep the order of the table's levels by count only, so relabelling changes nothing
    that a metric can see. When no level is that frequent the most frequent ones are taken.
    """
    counts = level_counts(series)
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    if len(ranked) <= limit:
        return tuple(ranked)
    return tuple(text for text in ranked if counts[text] >= MIN_CELL)[:limit]


def level_codes(
    series: pd.Series[Any], levels: tuple[str, ...], known: frozenset[str] = frozenset()
) -> Ints:
    """Codes 0..L-1 for `levels`, L missing, L+1 another known level, L+2 never seen."""
    codes, labels = factorised(series)
    place = {text: i for i, text in enumerate(levels)}
    size = len(levels)
    lookup = [place.get(text, size + 1 if text in known else size + 2) for text in labels]
    return np.asarray([*lookup, size], dtype=np.int64)[codes]
