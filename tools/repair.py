"""Put a synthetic table back exactly into the schema of the real one, and count every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from pydantic import BaseModel, ConfigDict, Field

from synthcraft.graph.errors import DataError
from synthcraft.tools.raw_table import quoted
from synthcraft.tools.table_schema import Column, TableSchema

_EPOCH = "1970-01-01"


class RepairReport(BaseModel):
    """What had to be changed; rounding to the schema's decimals is no change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cells_repaired: dict[str, int] = Field(default_factory=dict)
    """Column -> cells whose value was clipped, replaced or filled."""
    unseen_categories: dict[str, int] = Field(default_factory=dict)
    """Column -> cells (also counted above) whose category the real table does not have."""
    rejected_columns: tuple[str, ...] = ()
    """Columns that the schema does not have; they are dropped."""


@dataclass(frozen=True)
class _Fixed:
    values: pd.Series[Any]
    repaired: int
    unseen: int


def repair(frame: pd.DataFrame, schema: TableSchema) -> tuple[pd.DataFrame, RepairReport]:
    """Column set, order, dtypes, decimals, categories and ranges of the schema.

    Missing cells stay missing where the column is nullable; elsewhere they get the column's
    median or most frequent value. Values outside the range are clipped; unknown categories go to
    the nearest code, to missing, or to the most frequent level.

    Raises:
        DataError: a column of the schema is absent (constant columns are put back).
    """
    absent = [c.name for c in schema.columns if c.name not in frame and c.kind != "constant"]
    if absent:
        raise DataError(
            f"The synthetic table lacks columns of the real one: {quoted(absent)}.",
            "The generator did not return all columns; try another one.",
            code="E_COLUMNS",
        )
    fixed = {c.name: _fix(_values(frame, c), c) for c in schema.columns}
    whole = pd.DataFrame({n: f.values for n, f in fixed.items()}, index=range(len(frame)))
    return whole, RepairReport(
        cells_repaired={n: f.repaired for n, f in fixed.items() if f.repaired},
        unseen_categories={n: f.unseen for n, f in fixed.items() if f.unseen},
        rejected_columns=tuple(str(n) for n in frame.columns if n not in schema.names),
    )


def _values(frame: pd.DataFrame, column: Column) -> pd.Series[Any]:
    if column.name in frame:
        return frame[column.name].reset_index(drop=True)
    value = column.categories[0] if column.categories else None
    return pd.Series([value] * len(frame), dtype=object)


def _fix(series: pd.Series[Any], column: Column) -> _Fixed:
    values = TO_DTYPE[column.dtype](series, column)
    unseen = 0
    if column.categories:
        fixed, unseen = _to_categories(values, column)
    else:
        fixed = _to_range(values, column)
    fixed = _fill(fixed, column)
    same = (fixed == values).fillna(False).astype(bool) | (fixed.isna() & series.isna())
    return _Fixed(fixed, int((~same).sum()), unseen)


def _to_integer(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    if types.is_integer_dtype(series):
        return series.astype("Int64")
    return _numbers(series).round().clip(-(2.0**53), 2.0**53).astype("Int64")


def _to_float(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    numbers = _numbers(series)
    return numbers if column.decimals is None else numbers.round(column.decimals)


def _numbers(series: pd.Series[Any]) -> pd.Series[Any]:
    numbers = pd.to_numeric(series, errors="coerce").astype("Float64").astype("float64")
    return numbers.replace([np.inf, -np.inf], np.nan)


def _to_string(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    return series.astype(object).astype("string")


def _to_boolean(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    known = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
    return series.astype(object).astype("string").str.lower().map(known).astype("boolean")


def _to_date(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    moments = pd.to_datetime(series, errors="coerce", format="mixed", utc=True).dt.tz_localize(None)
    return moments.astype("datetime64[ns]").dt.floor(_resolution(column.date_format or ""))


def _resolution(date_format: str) -> str:
    """The shortest time that a date format shows."""
    shown = (("%f", "us"), ("%S", "s"), ("%M", "min"), ("%H", "h"))
    return next((unit for code, unit in shown if code in date_format), "D")


TO_DTYPE: dict[str, Callable[[pd.Series[Any], Column], pd.Series[Any]]] = {
    "Int64": _to_integer,
    "float64": _to_float,
    "string": _to_string,
    "boolean": _to_boolean,
    "datetime64[ns]": _to_date,
}


def _to_categories(values: pd.Series[Any], column: Column) -> tuple[pd.Series[Any], int]:
    unseen = values.notna() & ~values.isin(column.categories)
    count = int(unseen.sum())
    if not count:
        return values, 0
    if column.dtype in ("Int64", "float64"):
        codes = np.sort(np.array(column.categories, dtype=float))
        strange = values[unseen].to_numpy(dtype=float)
        nearest = codes[np.abs(strange[:, None] - codes[None, :]).argmin(axis=1)]
        values = values.copy()
        values[unseen] = nearest.astype("int64") if column.dtype == "Int64" else nearest
    else:
        values = values.mask(unseen)
    return values, count


def _to_range(values: pd.Series[Any], column: Column) -> pd.Series[Any]:
    low, high = _limits(column)
    return values if low is None and high is None else values.clip(low, high)


def _limits(column: Column) -> tuple[Any, Any]:
    """The range in the column's own type; None where it has no end."""
    converters: dict[str, Callable[[Any], Any]] = {"datetime64[ns]": pd.Timestamp, "Int64": int}
    convert = converters.get(column.dtype, float)
    low, high = (None if end is None else convert(end) for end in (column.low, column.high))
    return low, high


def _fill(values: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """No missing cells in a column that never has any."""
    if column.nullable or not values.isna().any():
        return values
    return values.fillna(_typical(values.dropna(), column))


def _typical(present: pd.Series[Any], column: Column) -> Any:
    """The middle or most frequent of the synthetic values; any allowed value if there are none."""
    if len(present) and column.kind in ("numeric", "integer", "date"):
        return present.sort_values().iloc[len(present) // 2]
    if len(present):
        return present.mode().iloc[0]
    if column.categories:
        return column.categories[0]
    if column.low is not None:
        return _limits(column)[0]
    return {"string": "unknown", "datetime64[ns]": pd.Timestamp(_EPOCH)}.get(column.dtype, 0)


def out_of_range(present: pd.Series[Any], column: Column) -> int:
    """How many values lie beyond an end of the column's range."""
    low, high = _limits(column)
    below = 0 if low is None else int((present < low).sum())
    return below + (0 if high is None else int((present > high).sum()))


def conforms(frame: pd.DataFrame, schema: TableSchema) -> list[str]:
    """Where a table departs from a schema, one sentence each; empty if it does not."""
    names = [str(name) for name in frame.columns]
    problems = []
    if set(names) != set(schema.names):
        absent = [n for n in schema.names if n not in names]
        strange = [n for n in names if n not in schema.names]
        problems.append(f"Columns differ: {len(absent)} absent, {len(strange)} not in the schema.")
    elif names != list(schema.names):
        problems.append("Columns are in another order.")
    for column in schema.columns:
        if column.name in names:
            problems.extend(_departures(frame[column.name], column))
    return problems


def _departures(series: pd.Series[Any], column: Column) -> list[str]:
    if str(series.dtype) != column.dtype:
        return [f"Column {column.name!r} is {series.dtype} and not {column.dtype}."]
    present = series.dropna()
    counts = {"cells are missing": 0 if column.nullable else len(series) - len(present)}
    if column.categories:
        counts["cells have an unknown category"] = int((~present.isin(column.categories)).sum())
    else:
        counts["cells are out of range"] = out_of_range(present, column)
    if column.dtype == "float64" and column.decimals is not None:
        rounded = present.round(column.decimals)
        off = ~np.isclose(rounded.astype(float), present.astype(float), rtol=1e-13, atol=0.0)
        counts["cells have too many decimals"] = int(off.sum())
    return [f"Column {column.name!r}: {n:,} {what}." for what, n in counts.items() if n]
