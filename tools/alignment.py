"""A table from elsewhere, read as the real table's schema reads it; nothing is repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.metrics.columns import numbers
from synthcraft.tools.raw_table import quoted
from synthcraft.tools.repair import TO_DTYPE
from synthcraft.tools.table_schema import Column, TableSchema


@dataclass(frozen=True)
class Aligned:
    """The columns of the schema in its order, then those that it does not know."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def align(frame: pd.DataFrame, schema: TableSchema) -> Aligned:
    """Bring each column to the schema's dtype where every value survives; else leave it alone.

    What cannot be read that way keeps its own dtype and is found by the checks for gross errors.
    """
    here = [name for name in schema.names if name in frame.columns]
    more = [str(name) for name in frame.columns if name not in schema.names]
    columns = {name: read_as(frame[name], schema[name]) for name in here}
    columns |= {name: frame[name] for name in more}
    done = pd.DataFrame(columns, index=range(len(frame)))
    return Aligned(done, tuple(_notes(frame, done, schema)))


def _notes(frame: pd.DataFrame, done: pd.DataFrame, schema: TableSchema) -> list[str]:
    here = [str(name) for name in frame.columns if name in schema.names]
    absent = [name for name in schema.names if name not in frame.columns]
    more = [name for name in done.columns if name not in schema.names]
    odd = [name for name in here if str(done[name].dtype) != schema[name].dtype]
    notes = []
    if absent:
        notes.append(f"Columns of the real file that are not in it: {quoted(absent)}.")
    if more:
        notes.append(f"Columns that the real file does not have: {quoted(more)}.")
    if odd:
        notes.append(f"Columns of another type than in the real file: {quoted(odd)}.")
    if here != [name for name in schema.names if name in here]:
        notes.append("Its columns stand in another order; they were compared by name.")
    return notes


def read_as(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """The column in the schema's dtype if that loses nothing, else as it is."""
    series = series.reset_index(drop=True)
    if str(series.dtype) == column.dtype:
        return series
    # decimals are a property of the real table, not a reason to round somebody else's numbers
    exact = column.model_copy(update={"decimals": None})
    read = TO_DTYPE[column.dtype](series, exact)
    lost = bool((read.isna() & series.notna()).any())
    return series if lost or _rounded(series, read, column) else read


def _rounded(series: pd.Series[Any], read: pd.Series[Any], column: Column) -> bool:
    if column.dtype != "Int64":
        return False
    return not np.array_equal(numbers(series), numbers(read), equal_nan=True)
