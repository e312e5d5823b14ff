"""Encoding that takes a declared domain as it stands, whatever the rows hold.

What `encode` does with a column (levels or numbers, which levels, whether any is missing) follows
from the rows. For a declared column everything follows from the declaration here: numbers outside
it are moved to its ends.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.tools.generators.encoding import (
    DAY,
    Array,
    EncodedTable,
    Levels,
    Number,
    encode,
)
from synthcraft.tools.table_schema import Column, TableSchema

_LABELLED = ("category", "binary")
_MEASURED = ("numeric", "integer", "date")


def encode_declared(frame: pd.DataFrame, schema: TableSchema, seed: int = 0) -> EncodedTable:
    """Encode a canonical table; columns that are not declared whole are encoded from the rows.

    Raises:
        DataError: a column cannot be modelled, or holds a label that was not declared.
    """
    own = {c.name for c in schema.columns if c.bounded and c.kind in (*_LABELLED, *_MEASURED)}
    rest = encode(frame, schema.only(tuple(n for n in schema.names if n not in own)), seed)
    columns = {c.column.name: c for c in rest.columns}
    encoded: dict[str, Array] = {}
    codes = dict(rest.codes)
    for position, column in enumerate(schema.columns):
        if column.name not in own:
            continue
        values, code = frame[column.name], f"d{position}"
        if column.kind in _LABELLED:
            levels = _levels(column, values, code, encoded)
            codes[code] = len(levels.values)
            columns[column.name] = levels
        else:
            number = _number(column, values, code, encoded)
            codes |= {number.indicator: 2} if number.indicator else {}
            columns[column.name] = number
    whole = pd.concat([rest.frame, pd.DataFrame(encoded, index=rest.frame.index)], axis=1)
    return EncodedTable(whole, tuple(columns[name] for name in schema.names), codes)


def _levels(column: Column, values: pd.Series[Any], code: str, encoded: dict[str, Array]) -> Levels:
    places = {value: place for place, value in enumerate(column.categories)}
    found = values.map(places).to_numpy(dtype=float, na_value=math.nan)
    missing = values.isna().to_numpy()
    if np.isnan(found[~missing]).any() or (missing.any() and not column.nullable):
        raise DataError(
            f"Column {column.name!r} holds values outside its declared domain.",
            "Correct the codebook, or declare that values may be missing.",
        )
    encoded[code] = np.where(missing, len(places), found).astype("int64")
    return Levels(column, code, (*column.categories, *([None] if column.nullable else [])))


def _number(column: Column, values: pd.Series[Any], code: str, encoded: dict[str, Array]) -> Number:
    unit, low, high = 1, column.low, column.high
    numbers = values
    if column.kind == "date":
        unit = 1 if "%H" in (column.date_format or "") else DAY
        numbers, low, high = (_steps(each, unit) for each in (values, low, high))
    if low is None or high is None or not float(low) < float(high):
        raise DataError(
            f"The declared domain of column {column.name!r} has no two ends.",
            "Give the least and the largest value.",
        )
    found = numbers.to_numpy(dtype=float, na_value=math.nan)
    missing = np.isnan(found)
    if missing.any() and not column.nullable:
        raise DataError(
            f"Values of column {column.name!r} are missing, which its declaration rules out.",
            "Correct the codebook.",
        )
    ends = float(low), float(high)
    encoded[code] = np.clip(np.where(missing, ends[0], found), *ends)
    indicator = f"{code}m" if column.nullable else ""
    if indicator:
        encoded[indicator] = missing.astype("int64")
    return Number(column, code, indicator, unit, *ends)


def _steps(value: Any, unit: int) -> Any:
    """Days or seconds since the epoch, of one date or many; nothing for nothing."""
    if value is None:
        return None
    return (pd.to_datetime(value) - pd.Timestamp(0)) / pd.Timedelta(seconds=unit)
