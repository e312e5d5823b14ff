"""Write a canonical table so that it reads back as it was: same text, same bytes every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    pd.DataFrame(text, index=frame.index).to_csv(
        path, index=False, na_rep="", encoding="utf-8", lineterminator="\n"
    )


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
