"""Readers of table files: one decorated function a format, chosen by content, then by extension."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.graph.errors import DataError, InputError, SynthCraftError
from synthcraft.tools.bombs import check_parquet, check_ratio, check_spread, too_large
from synthcraft.tools.raw_table import (
    RawTable,
    Request,
    check_rows,
    chosen_columns,
    clean_names,
    quoted,
)
from synthcraft.tools.text_tables import MISSING, empty, read_text

Reader = Callable[[Path, Request], RawTable]
READERS: dict[str, Reader] = {}

_MAGIC = (
    (0, b"PAR1", ".parquet"),
    (0, b"HEADER RECORD*******LIB", ".xpt"),
    (12, b"\xc2\xea\x81\x60", ".sas7bdat"),
    (0, b"$FL2", ".sav"),
    (0, b"$FL3", ".sav"),
    (0, b"<stata_dta>", ".dta"),
)
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old (or password-protected) Excel file", "Save it as .xlsx."),
    (b"\x1f\x8b", "a compressed file", "Unpack it first."),
    (b"PK\x03\x04", "a ZIP archive", "Unpack it first."),
    (b"%PDF", "a PDF document", "Export the table as CSV."),
)
_TEXT = ".csv"
_SAS_ZERO = 1e-70


def reader(*extensions: str) -> Callable[[Reader], Reader]:
    """Register a reader for file extensions (with the dot, lower case).

    The function gets the file and the request, and returns a `RawTable`. It calls
    `chosen_columns` before it reads any row and `check_rows` as soon as it knows their number.
    What it raises other than `SynthCraftError` is reported as an unreadable file.
    """

    def register(function: Reader) -> Reader:
        for extension in extensions:
            if extension in READERS:
                raise ValueError(f"{extension} is registered twice")
            READERS[extension] = function
        return function

    return register


def read_raw(path: Path, request: Request) -> RawTable:
    """Read a file with the reader of its content, or of its extension if the content says nothing.

    Raises:
        DataError: the file is empty, too large, no table, or not readable.
    """
    extension = recognise(path, request)
    try:
        raw = READERS[extension](path, request)
    except SynthCraftError:
        raise
    except Exception as error:
        # Messages of format libraries may quote cells: only the kind of failure is passed on.
        raise DataError(
            f"{path.name} could not be read as {extension[1:]} ({type(error).__name__}).",
            "The file may be damaged; export the table again, as CSV if need be.",
            code="E_UNREADABLE",
        ) from None
    if READERS.get(path.suffix.lower()) is not READERS[extension]:
        raw.notes.insert(0, f"{path.name} was recognised as {raw.format} by its content.")
    return raw


def recognise(path: Path, request: Request) -> str:
    """The extension of the reader that fits the file."""
    size = path.stat().st_size
    if size == 0:
        raise empty(path)
    if size > request.limits.max_bytes:
        raise too_large(path, request.limits.max_bytes)
    with path.open("rb") as file:
        head = file.read(32)
    for offset, magic, extension in _MAGIC:
        if head[offset:].startswith(magic):
            return extension
    if head.startswith(b"PK\x03\x04") and _is_workbook(path, request.limits.max_unpacked):
        return ".xlsx"
    for magic, what, hint in _REFUSED:
        if head.startswith(magic):
            raise DataError(f"{path.name} is {what}, not a table.", hint, code="E_FORMAT")
    suffix = path.suffix.lower()
    return suffix if suffix in READERS else _TEXT


def _is_workbook(path: Path, max_unpacked: int) -> bool:
    """Whether an archive holds a workbook; no member gives more bytes than it declares."""
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return False
            _check_workbook(path, archive, max_unpacked)
    except zipfile.BadZipFile:
        return False
    return True


def _check_workbook(path: Path, archive: zipfile.ZipFile, max_unpacked: int) -> None:
    members = archive.infolist()
    unpacked = sum(item.file_size for item in members)
    if unpacked > max_unpacked:
        raise too_large(path, max_unpacked, " once it is unpacked")
    check_ratio(path, unpacked, sum(item.compress_size for item in members))
    check_spread(path, archive, max_unpacked)


reader(".csv", ".tsv", ".txt", ".tab", ".dat")(read_text)


@reader(".parquet", ".pq")
def read_parquet(path: Path, request: Request) -> RawTable:
    """Apache Parquet; nested columns are refused by their type."""
    import pyarrow as arrow
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    check_rows(file.metadata.num_rows, request.limits)
    names = list(file.schema_arrow.names)
    chosen = chosen_columns(names, request)
    nested = [field.name for field in file.schema_arrow if arrow.types.is_nested(field.type)]
    if set(nested) & set(chosen):
        raise DataError(
            f"Columns hold lists or records in their cells: {quoted(nested)}.",
            "Choose the other columns with --columns, or spread them over columns of their own.",
            code="E_NESTED",
        )
    wanted = [raw for raw, name in zip(names, clean_names(names), strict=True) if name in chosen]
    nullable = {
        arrow.int64(): pd.Int64Dtype(),
        arrow.bool_(): pd.BooleanDtype(),
        arrow.string(): pd.StringDtype(),
    }
    check_parquet(path, wanted, request.limits.max_bytes)
    frame = file.read(columns=wanted).to_pandas(ignore_metadata=True, types_mapper=nullable.get)
    frame.columns = pd.Index(chosen)
    unnamed_index = [name for name in chosen if name.startswith("__index_level_")]
    notes = ["Read as Parquet."]
    if unnamed_index:
        notes.append(f"Left out, as pandas only numbers rows in it: {quoted(unnamed_index)}.")
    return RawTable(frame.drop(columns=unnamed_index), "parquet", notes)


@reader(".xpt")
def read_xpt(path: Path, request: Request) -> RawTable:
    """SAS transport file."""
    return _sas(_read_statistics(path, request, "read_xport", "xpt", "SAS transport"))


@reader(".sas7bdat")
def read_sas(path: Path, request: Request) -> RawTable:
    """SAS data set."""
    return _sas(_read_statistics(path, request, "read_sas7bdat", "sas7bdat", "SAS"))


@reader(".sav", ".zsav")
def read_spss(path: Path, request: Request) -> RawTable:
    """SPSS file, value labels in place of codes where every code has one."""
    return _read_statistics(path, request, "read_sav", "sav", "SPSS")


@reader(".dta")
def read_stata(path: Path, request: Request) -> RawTable:
    """Stata file, value labels in place of codes where every code has one."""
    return _read_statistics(path, request, "read_dta", "dta", "Stata")


@reader(".xlsx", ".xlsm")
def read_excel(path: Path, request: Request) -> RawTable:
    """One sheet of an Excel workbook; its first row that is not empty holds the names."""
    with pd.ExcelFile(path, engine="openpyxl") as book:
        sheets = [str(name) for name in book.sheet_names]
        sheet = request.sheet or sheets[0]
        if sheet not in sheets:
            raise InputError(
                f"{path.name} has no sheet {quoted([sheet])}.",
                f"There are: {quoted(sheets)}.",
                code="E_SHEET",
            )
        cells = book.parse(sheet, header=None, dtype=object, na_values=MISSING)
    cells = cells.dropna(how="all").dropna(how="all", axis=1).reset_index(drop=True)
    if cells.empty:
        raise empty(path)
    frame = cells.iloc[1:].reset_index(drop=True)
    check_rows(len(frame), request.limits)
    frame.columns = pd.Index(clean_names("" if pd.isna(n) else n for n in cells.iloc[0]))
    chosen = chosen_columns(list(frame.columns), request)
    notes = [f"Read as Excel, sheet {quoted([sheet])}."]
    if len(sheets) > 1 and not request.sheet:
        notes.append(f"The workbook has {len(sheets)} sheets; the first was read.")
    return RawTable(frame[chosen], "xlsx", notes)


def _read_statistics(
    path: Path, request: Request, function: str, kind: str, shown: str
) -> RawTable:
    """Read a SAS, SPSS or Stata file with pyreadstat: shape first, then the chosen columns."""
    import pyreadstat

    read = getattr(pyreadstat, function)
    options: dict[str, Any] = {}
    try:
        meta = read(str(path), metadataonly=True)[1]
    except UnicodeDecodeError:
        options["encoding"] = "WINDOWS-1252"
        meta = read(str(path), metadataonly=True, **options)[1]
    check_rows(meta.number_rows or 0, request.limits)
    chosen = chosen_columns(meta.column_names, request)
    declared = (meta.number_rows or 0) * sum(meta.variable_storage_width.values())
    check_ratio(path, declared, path.stat().st_size, request.limits.max_bytes)
    frame, meta = read(str(path), usecols=_unless_all(chosen, meta.column_names), **options)
    frame.columns = pd.Index(clean_names(frame.columns))
    for name, stored in meta.readstat_variable_types.items():
        if stored == "float" and name in frame:
            frame[name] = frame[name].astype("float32")
    labelled = [name for name in frame if _apply_labels(frame, name, meta.variable_value_labels)]
    notes = [f"Read as {shown}."]
    if labelled:
        notes.append(f"Value labels took the place of codes in {quoted(labelled)}.")
    labels = {name: text for name, text in meta.column_names_to_labels.items() if text}
    return RawTable(frame, kind, notes, labels)


def _unless_all(chosen: list[str], names: list[str]) -> list[str] | None:
    return chosen if len(chosen) < len(names) else None


def _apply_labels(frame: pd.DataFrame, name: str, labels: dict[str, dict[Any, str]]) -> bool:
    """Put labels in place of codes, unless a label stands only for some special values."""
    if name not in labels or not frame[name].dropna().isin(list(labels[name])).all():
        return False
    frame[name] = frame[name].map(labels[name]).astype("string")
    return True


def _sas(raw: RawTable) -> RawTable:
    """SAS writes zero in a way that some tools turn into 5.4e-79."""
    for name in raw.frame.select_dtypes("number"):
        tiny = raw.frame[name].abs() < _SAS_ZERO
        raw.frame[name] = raw.frame[name].mask(tiny, 0.0)
    return raw
