"""The cells of a codebook file as text; the result of a formula is never taken."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from synthcraft.graph.errors import DataError
from synthcraft.tools.raw_table import Request, no_file
from synthcraft.tools.readers import recognise
from synthcraft.tools.table_limits import Limits
from synthcraft.tools.text_scan import scan_text, sniff_delimiter


@dataclass
class Cells:
    """Rows of text, and how many cells held a formula."""

    rows: list[list[str]] = field(default_factory=list)
    formulas: int = 0

    def take(self, rows: Iterable[Iterable[object]], path: Path, limits: Limits) -> None:
        """Take all rows, if they are no more than the limit."""
        for row in islice(rows, limits.max_rows + 1):
            self.rows.append([self._plain(cell) for cell in row][: limits.max_columns])
        if len(self.rows) > limits.max_rows:
            raise no_codebook(path, f"it has more than {limits.max_rows:,} rows")

    def _plain(self, cell: object) -> str:
        if cell is None:
            return ""
        text = f"{cell:.15g}" if isinstance(cell, float) else str(cell)
        if text.lstrip().startswith(("=", "@")) or type(cell).__name__.endswith("Formula"):
            self.formulas += 1
            return ""
        return text


def read_cells(path: Path, limits: Limits) -> Cells:
    """All cells of a CSV file or of the first sheet of a workbook.

    Raises:
        InputError: there is no such file.
        DataError: the file is too large, of another kind, or damaged.
    """
    if not path.is_file():
        raise no_file(path)
    kind = recognise(path, Request(limits=limits))
    if kind not in _READERS:
        raise no_codebook(path, f"it is a {kind[1:]} file")
    cells = Cells()
    try:
        _READERS[kind](path, limits, cells)
    except DataError:
        raise
    except Exception as error:  # messages of format libraries may quote cells
        raise no_codebook(path, f"it cannot be read ({type(error).__name__})") from None
    return cells


def no_codebook(path: Path, why: str) -> DataError:
    """The error for a file that is no codebook."""
    return DataError(
        f"{path.name} cannot be used as a codebook: {why}.",
        "Give a CSV or Excel file with headings such as: column, meaning, unit, codes, range.",
        code="E_CODEBOOK",
    )


def _read_text(path: Path, limits: Limits, cells: Cells) -> None:
    scan = scan_text(path, limits)
    delimiter = sniff_delimiter(scan.head) or ","
    with path.open(encoding=scan.encoding, newline="") as file:
        cells.take(csv.reader(file, delimiter=delimiter), path, limits)


def _read_workbook(path: Path, limits: Limits, cells: Cells) -> None:
    from openpyxl import load_workbook

    book: Any = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        rows = book.worksheets[0].iter_rows(max_col=limits.max_columns, values_only=True)
        cells.take(rows, path, limits)
    finally:
        book.close()


_READERS: dict[str, Callable[[Path, Limits, Cells], None]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".tab", ".dat"), _read_text),
    ".xlsx": _read_workbook,
}
