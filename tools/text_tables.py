"""Read delimited text: CSV, TSV and their relatives."""

from __future__ import annotations

import csv
import re
import warnings
from pathlib import Path

import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.tools.raw_table import RawTable, Request, check_rows, chosen_columns, clean_names
from synthcraft.tools.text_scan import Scan, scan_text, sniff_delimiter

MISSING = ["", ".", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "<NA>"]
_FORMATS = {",": "CSV", ";": "CSV", "\t": "TSV", "|": "delimited text"}
_SHOWN = {"\t": "tab"}


def read_text(path: Path, request: Request) -> RawTable:
    """Read delimited text, every cell as text: what it means is decided for whole columns later."""
    scan = scan_text(path, request.limits)
    if not scan.head.strip():
        raise empty(path)
    delimiter = sniff_delimiter(scan.head)
    if delimiter is None:
        raise one_column(path)
    names = clean_names(_header(path, scan, delimiter))
    if all(re.fullmatch(r"\s*[+-]?\d+(?:[.,]\d+)?\s*", name) for name in names):
        raise DataError(
            f"The first line of {path.name} holds numbers, not column names.",
            "Put the column names in the first line.",
            code="E_NO_HEADER",
        )
    chosen = chosen_columns(names, request)
    frame = _read(
        path, scan, delimiter, len(names), [names.index(name) for name in chosen], request
    )
    frame.columns = pd.Index(chosen)
    shown = _SHOWN.get(delimiter, repr(delimiter))
    kind = _FORMATS[delimiter]
    note = f"Read as {kind} with {shown} as delimiter and {scan.encoding_name} encoding."
    return RawTable(frame, "csv", [note], decimal="," if delimiter == ";" else ".")


def empty(path: Path) -> DataError:
    """The error for a file without content."""
    return DataError(
        f"{path.name} is empty.", "Export the table again and check its size.", code="E_EMPTY"
    )


def one_column(path: Path) -> DataError:
    """The error for a table of one column, or one whose delimiter we do not know."""
    return DataError(
        f"{path.name} has only one column, or a delimiter other than comma, semicolon, tab or |.",
        "A table needs at least two columns; export it as CSV with commas.",
        code="E_ONE_COLUMN",
    )


def _header(path: Path, scan: Scan, delimiter: str) -> list[str]:
    with path.open(encoding=scan.encoding, newline="") as file:
        try:
            return next(row for row in csv.reader(file, delimiter=delimiter) if row)
        except csv.Error:
            raise _unclosed(path) from None


def _read(
    path: Path, scan: Scan, delimiter: str, width: int, chosen: list[int], request: Request
) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            # pandas only warns when rows are longer than the header, and drops their end.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=delimiter,
                encoding=scan.encoding,
                header=0,
                names=list(range(width)),
                usecols=chosen if len(chosen) < width else None,
                index_col=False,
                dtype=str,
                keep_default_na=False,
                na_values=MISSING,
                nrows=request.limits.max_rows + 1,
            )
    except pd.errors.ParserWarning:
        raise _ragged(path, "") from None
    except pd.errors.ParserError as error:
        line = re.search(r"in line (\d+)", str(error))
        raise _ragged(path, line.group(1)) if line else _unclosed(path) from None
    check_rows(len(frame), request.limits)
    return frame


def _ragged(path: Path, line: str) -> DataError:
    where = f"Line {line} of {path.name} has" if line else f"Rows of {path.name} have"
    return DataError(
        f"{where} more fields than there are column names.",
        "Look for a delimiter inside a text that is not in quotes, or a missing column name.",
        code="E_RAGGED",
    )


def _unclosed(path: Path) -> DataError:
    return DataError(
        f"{path.name} has a quotation mark that is never closed.",
        "Export the table again with quotes around texts.",
        code="E_RAGGED",
    )
