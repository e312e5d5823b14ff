"""Complete, numeric rows for the engines, and the way back to the canonical table.

Synthcity models no missing values, re-encodes columns of fewer than fifteen distinct values by
itself (and fails on values it did not see), and takes column names as they are. So every such
column becomes codes 0..k-1 here, missing values become a level or an indicator column, and the
columns are renamed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.graph.errors import DataError
from synthcraft.tools.table_schema import Column, TableSchema

Array = NDArray[Any]

FEW = 15
"""Numeric columns with fewer distinct values are coded as levels."""
DAY = 86_400
"""Seconds."""
_REFUSED = {"identifier", "text"}


def keyed_rng(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and the names, not on what was drawn before."""
    digest = hashlib.sha256("\0".join((str(seed), *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


@dataclass(frozen=True)
class Levels:
    """A column as codes 0..k-1; a missing value is the last level."""

    column: Column
    code: str
    values: tuple[Any, ...]

    def valid(self, frame: pd.DataFrame) -> Array:
        """Rows whose code can be read."""
        codes = frame[self.code].to_numpy(dtype=float)
        good: Array = (codes >= -0.5) & (codes <= len(self.values) - 0.5)
        return good

    def decode(self, frame: pd.DataFrame) -> pd.Series[Any]:
        """The values behind the codes."""
        codes = np.rint(frame[self.code].to_numpy(dtype=float)).astype(int)
        table = pd.Series(list(self.values), dtype="object")
        found = table.to_numpy()[np.clip(codes, 0, len(self.values) - 1)]
        return pd.Series(found, dtype="object").astype(self.column.dtype)  # type: ignore[call-overload, no-any-return]


@dataclass(frozen=True)
class Number:
    """A numeric or date column, with an indicator column where values were missing."""

    column: Column
    code: str
    indicator: str
    unit: int
    """Seconds of one step, for dates."""
    low: float
    high: float

    def valid(self, frame: pd.DataFrame) -> Array:
        """Rows whose number is finite and not far outside what was seen."""
        values = frame[self.code].to_numpy(dtype=float)
        slack = 0.1 * (self.high - self.low)
        good: Array = (values >= self.low - slack) & (values <= self.high + slack)
        return good | self._missing(frame)

    def decode(self, frame: pd.DataFrame) -> pd.Series[Any]:
        """The numbers in their dtype, missing where the indicator says so."""
        values = pd.Series(frame[self.code].to_numpy(dtype=float))
        if self.column.dtype != "float64":
            values = values.round()
        values = values.mask(self._missing(frame))
        if self.column.kind == "date":
            return pd.to_datetime(values * self.unit, unit="s").astype("datetime64[ns]")
        return values.astype(self.column.dtype)  # type: ignore[call-overload, no-any-return]

    def _missing(self, frame: pd.DataFrame) -> Array:
        if not self.indicator:
            return np.zeros(len(frame), dtype=bool)
        return frame[self.indicator].to_numpy(dtype=float) >= 0.5


@dataclass(frozen=True)
class Constant:
    """A column with one value; left out and put back."""

    column: Column
    value: Any

    def valid(self, frame: pd.DataFrame) -> Array:
        """Every row."""
        return np.ones(len(frame), dtype=bool)

    def decode(self, frame: pd.DataFrame) -> pd.Series[Any]:
        """The one value."""
        values = pd.Series([self.value] * len(frame), dtype="object")
        return values.astype(self.column.dtype)  # type: ignore[call-overload, no-any-return]


@dataclass(frozen=True)
class EncodedTable:
    """The rows an engine sees, and how to read what it makes.

    Attributes:
        frame: complete columns `c0`, `c1`, …: int64 codes from 0, or float64 numbers.
        columns: how each column of the table is read back, in table order.
        codes: names of the code columns with the number of their levels.
        cache: where what an engine learns of one column may be kept for the next, if anywhere.
        spared: seconds of each thing that was learnt and put there, which the next fit need not
            spend.
        time: for engines of survival, the number column of the time until the event.
        event: for those, the code column that is 1 where the event came.
    """

    frame: pd.DataFrame
    columns: tuple[Levels | Number | Constant, ...]
    codes: dict[str, int]
    cache: Path | None = None
    spared: list[float] = field(default_factory=list)
    time: str = ""
    event: str = ""

    def valid(self, made: pd.DataFrame) -> Array:
        """Which rows can be read; the others are rejected."""
        good = np.ones(len(made), dtype=bool)
        for column in self.columns:
            good &= column.valid(made)
        return good

    def decode(self, made: pd.DataFrame) -> pd.DataFrame:
        """Valid rows as a canonical table."""
        return pd.DataFrame({c.column.name: c.decode(made) for c in self.columns})


def encode(
    frame: pd.DataFrame, schema: TableSchema, seed: int = 0, numbers: frozenset[str] = frozenset()
) -> EncodedTable:
    """Encode a canonical table.

    Args:
        frame: the training rows in canonical dtypes.
        schema: their columns; identifiers and free text must have been left out before.
        seed: seed of the draws that stand in for missing numbers.
        numbers: numeric columns that stay numbers, however few values they have.

    Raises:
        DataError: a column cannot be modelled.
    """
    encoded: dict[str, Array] = {}
    columns: list[Levels | Number | Constant] = []
    codes: dict[str, int] = {}
    for position, column in enumerate(schema.columns):
        if column.kind in _REFUSED:
            raise DataError(
                f"No generator takes the identifiers or free text of column {column.name!r}.",
                "Give it the role `drop`.",
            )
        values, name = frame[column.name], f"c{position}"
        distinct = values.nunique(dropna=False)
        if distinct <= 1:
            columns.append(Constant(column, values.iloc[0] if len(values) else None))
        elif column.name not in numbers and _as_levels(column, distinct):
            levels = _levels(column, values, name, encoded)
            codes[name] = len(levels.values)
            columns.append(levels)
        else:
            number = _number(column, values, name, encoded, seed)
            codes |= {number.indicator: 2} if number.indicator else {}
            columns.append(number)
    return EncodedTable(pd.DataFrame(encoded, index=range(len(frame))), tuple(columns), codes)


def _as_levels(column: Column, distinct: int) -> bool:
    return column.kind in {"category", "binary"} or (
        distinct <= FEW if column.nullable else distinct < FEW
    )


def _levels(column: Column, values: pd.Series[Any], name: str, encoded: dict[str, Array]) -> Levels:
    # Sorted, so that codes of ordered values keep their order.
    found, kept = pd.factorize(values, sort=True)
    levels = list(kept)
    if (found < 0).any():
        found = np.where(found < 0, len(levels), found)
        levels.append(None)
    encoded[name] = found.astype("int64")
    return Levels(column, name, tuple(levels))


def _number(
    column: Column,
    values: pd.Series[Any],
    name: str,
    encoded: dict[str, Array],
    seed: int,
) -> Number:
    missing = values.isna().to_numpy()
    unit = 1
    if column.kind == "date":
        # Through seconds, whatever the resolution of the column.
        seconds = (values - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
        unit = DAY if (seconds.dropna() % DAY == 0).all() else 1
        numbers = (seconds / unit).to_numpy(dtype=float)
    else:
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
    observed = numbers[~missing]
    if missing.any():
        rng = keyed_rng(seed, "impute", column.name)
        numbers = numbers.copy()
        numbers[missing] = rng.choice(observed, missing.sum())
    encoded[name] = numbers
    indicator = f"{name}m" if missing.any() else ""
    if indicator:
        encoded[indicator] = missing.astype("int64")
    return Number(column, name, indicator, unit, float(observed.min()), float(observed.max()))
