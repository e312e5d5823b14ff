"""Write a canonical table so that it reads back as it was: same text, same bytes every time."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.table_schema import Column, TableSchema


def write_table(frame: pd.DataFrame, schema: TableSchema, path: Path) -> None:
    """Write .parquet or .csv, by the file's extension.

    CSV has each date in its original format, integers without a fraction and numbers with their
    decimals. Values are written as they are: a spreadsheet may take a text that begins with =, +,
    - or @ for a formula.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        known = " or ".join(WRITERS)
        raise InputError(f"Tables are written as {known}, not {path.suffix!r}.", code="E_FORMAT")
    writer(frame, schema, path)


def _write_parquet(frame: pd.DataFrame, schema: TableSchema, path: Path) -> None:
    frame.to_parquet(path, index=False, compression="zstd")


def _write_csv(frame: pd.DataFrame, schema: TableSchema, path: Path) -> None:
    text = {name: as_text(frame[name], schema[name]) for name in frame.columns}
    path.write_bytes(as_csv(pd.DataFrame(text, index=frame.index)).encode())


def as_csv(frame: pd.DataFrame) -> str:
    """A table as CSV.

    A carriage return ends a line for most readers unless it is quoted, and the writer of pandas
    does not quote it by itself: where a text has one, all texts are quoted.
    """
    texts = [frame[name] for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    broken = any(text.astype("string").str.contains("\r", regex=False).any() for text in texts)
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if broken else csv.QUOTE_MINIMAL
    written: str = frame.to_csv(index=False, lineterminator="\n", quoting=quoting)
    return written


def as_text(series: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """The column as it stands in a CSV file; missing stays missing."""
    if column.dtype == "datetime64[ns]":
        return pd.to_datetime(series).dt.strftime(column.date_format or "%Y-%m-%d")
    if column.dtype == "float64":
        shown = repr if column.decimals is None else f"{{:.{column.decimals}f}}".format
        return series.astype(object).map(shown, na_action="ignore")
    return series


WRITERS: dict[str, Callable[[pd.DataFrame, TableSchema, Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
}
