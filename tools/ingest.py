"""A file becomes a canonical table with its schema, or a clear sentence why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from synthcraft.graph.errors import DataError, InputError
from synthcraft.tools.canonical import canonicalise
from synthcraft.tools.raw_table import RawTable, Request, missing_column, no_file, quoted
from synthcraft.tools.readers import read_raw
from synthcraft.tools.report.spreadsheet import calculated
from synthcraft.tools.schema_inference import infer_schema
from synthcraft.tools.table_limits import Limits
from synthcraft.tools.table_schema import TableSchema
from synthcraft.tools.text_tables import one_column
from synthcraft.tools.writers import write_table

__all__ = ["Ingested", "Limits", "ingest", "merge_tables", "write_table"]


@dataclass
class Ingested:
    """A table in canonical dtypes and what was found out about it on the way in."""

    frame: pd.DataFrame
    schema: TableSchema
    format: str
    notes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    """Column name -> its description, where the file carries one."""


def ingest(
    path: Path,
    *,
    columns: tuple[str, ...] = (),
    limits: Limits | None = None,
    sheet: str | None = None,
) -> Ingested:
    """Read a table file of any known format.

    Args:
        path: the file.
        columns: the columns to keep, all if empty; table order stays.
        limits: sizes that are refused.
        sheet: sheet of an Excel workbook, by default the first.

    Raises:
        InputError: the file is not there, or a folder.
        DataError: its content is not a usable table; the code says why.
    """
    request = Request(columns, sheet, limits or Limits())
    raw = read_raw(_file(path), request)
    if raw.frame.shape[1] < 2 and not columns:
        raise one_column(path)
    return _finish(raw, path.name, request.limits)


def merge_tables(paths: Sequence[Path], on: str, limits: Limits | None = None) -> Ingested:
    """Join tables on a key column (such as SEQN): all rows of the first, one match of each other.

    A column that several tables have is taken from the first of them.

    Raises:
        DataError: the key is missing in a table, or not unique in one after the first.
    """
    request = Request(limits=limits or Limits())
    tables = [read_raw(_file(path), request) for path in paths]
    for path, raw in zip(paths, tables, strict=True):
        _check_key(path, raw, on, unique=raw is not tables[0])
    first, *others = tables
    notes = [f"{len(tables)} tables were joined on {quoted([on])}.", *first.notes]
    for path, raw in zip(paths[1:], others, strict=True):
        known = [name for name in _names(raw) if name in first.frame and name != on]
        if known:
            notes.append(f"Columns of {path.name} that were there already: {quoted(known)}.")
        first.frame = first.frame.merge(raw.frame.drop(columns=known), on=on, how="left")
        first.labels = raw.labels | first.labels
    first.notes = notes
    return _finish(first, "The joined table", request.limits)


def _names(raw: RawTable) -> list[str]:
    return [str(name) for name in raw.frame.columns]


def _file(path: Path) -> Path:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file.", code="E_FOLDER")
    if not path.is_file():
        raise no_file(path)
    return path


def _check_key(path: Path, raw: RawTable, on: str, unique: bool) -> None:
    if on not in raw.frame:
        raise missing_column(on, _names(raw), code="E_KEY")
    if unique and not raw.frame[on].is_unique:
        raise DataError(
            f"Column {quoted([on])} of {path.name} has values in more than one row.",
            "Only tables with one row for each key can be joined to the first.",
            code="E_KEY",
        )


def _finish(raw: RawTable, name: str, limits: Limits) -> Ingested:
    rows = len(raw.frame)
    if rows == 0:
        raise DataError(
            f"{name} has column names but no rows.", "Export the table again.", code="E_NO_ROWS"
        )
    if rows < limits.min_rows:
        raise DataError(
            f"{name} has fewer than the {limits.min_rows} rows that are needed.",
            "With fewer rows nothing can be learnt that is not about single people.",
            code="E_TOO_FEW_ROWS",
        )
    done = canonicalise(raw.frame, decimal=raw.decimal)
    schema = infer_schema(done.frame, done.date_formats)
    notes = (*raw.notes, *done.notes, *_formulas(done.frame))
    return Ingested(done.frame, schema, raw.format, notes, raw.labels)


def _formulas(frame: pd.DataFrame) -> Iterator[str]:
    """A warning about texts that are data here and a formula in a spreadsheet."""
    texts = frame.select_dtypes(["object", "string", "category"])
    found = [
        str(name)
        for name in texts
        if any(map(calculated, texts[name].dropna().astype(str).unique()))
    ]
    if found:
        yield (
            f"Texts that a spreadsheet would calculate are in columns: {quoted(found)}. They are "
            "data and stay as they are, in synthetic files too: open those as text there."
        )
