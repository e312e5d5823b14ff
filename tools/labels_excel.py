"""A synthetic table as an Excel workbook that says what it is in its document properties."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import InputError
from synthcraft.tools.labels import NOTE

if TYPE_CHECKING:
    import pandas as pd

ROWS, COLUMNS = 2**20 - 1, 2**14
"""Rows below the names, and columns, that a sheet can hold."""
_EXACT = 2**53
"""Numbers from here on are written as text: Excel would round whole ones, and knows no infinity."""
_FIRST_DAY = date(1900, 3, 1)
"""Days that Excel counts as other calendars do."""
EXCEL = ".xlsx"
TITLE = "SYNTHETIC DATA"


def workbook(table: pd.DataFrame, label: Mapping[str, str]) -> bytes:
    """The table as a workbook of one sheet; the label stands in its properties.

    No cell of it is a formula, whatever it begins with.

    Raises:
        InputError: a sheet cannot hold so many rows or columns.
    """
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty

    if len(table) > ROWS or table.shape[1] > COLUMNS:
        raise InputError(
            f"An Excel sheet holds {ROWS:,} rows and {COLUMNS:,} columns, and this table has "
            f"{len(table):,} and {table.shape[1]:,}.",
            "Take the Parquet or CSV file.",
        )
    book = Workbook(write_only=True)
    book.properties.title = TITLE
    book.properties.description = book.properties.subject = NOTE
    book.properties.creator, book.properties.keywords = "synthcraft", "synthetic"
    for name, text in label.items():
        book.custom_doc_props.append(StringProperty(name=name, value=text))
    sheet = book.create_sheet("synthetic")
    for row in (list(table.columns), *table.itertuples(index=False, name=None)):
        sheet.append([_cell(sheet, value) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """What Excel can hold of a value; text stays text."""
    import pandas as pd
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if pd.isna(value):
        return None
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, datetime):
        return plain if plain.date() >= _FIRST_DAY and not plain.tzinfo else plain.isoformat()
    if isinstance(plain, int | float) and abs(plain) < _EXACT:
        return plain
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(plain)))
    cell.data_type = "s"
    return cell


def label_in_workbook(path: Path) -> dict[str, str]:
    """What a workbook says of itself; empty if it is not labelled.

    Raises:
        InputError: it cannot be read.
    """
    book = _open(path)
    said = {str(each.name): str(each.value) for each in book.custom_doc_props.props}
    book.close()
    return said if "synthetic" in said else {}


def cells(book: Path | bytes) -> list[tuple[Any, ...]]:
    """Every row of the first sheet, with its names.

    Raises:
        InputError: it cannot be read.
    """
    opened = _open(book)
    rows = list(_rows(opened))
    opened.close()
    return rows


def _rows(book: Any) -> Iterator[tuple[Any, ...]]:
    for sheet in book.worksheets[:1]:
        yield from sheet.iter_rows(values_only=True)


def _open(book: Path | bytes) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    source = io.BytesIO(book) if isinstance(book, bytes) else book
    try:
        return load_workbook(source, read_only=True)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, InvalidFileException):
        name = book.name if isinstance(book, Path) else "workbook"
        raise InputError(
            f"The file {name} cannot be read as an Excel workbook.", "Check that it is whole."
        ) from None
