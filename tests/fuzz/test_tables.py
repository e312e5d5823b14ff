"""Any table is read in the shape that was written, or refused in a sentence without a cell."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from synthcraft.graph.errors import SynthCraftError
from synthcraft.tools.ingest import Ingested, ingest
from synthcraft.tools.writers import write_table
from tests.fuzz.strategies import examples, tables
from tests.fuzz.targets import LIMITS, described, folder

Writer = Callable[[pd.DataFrame, Path], object]
TELLING = 5
"""Signs from which on a cell in a message is no coincidence."""


def ingested(path: Path) -> Ingested:
    return ingest(path, limits=LIMITS)


def _csv(separator: str, encoding: str) -> Writer:
    return lambda frame, path: frame.to_csv(
        path, index=False, sep=separator, encoding=encoding, errors="replace",
        quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n",
    )  # fmt: skip


def _excel(frame: pd.DataFrame, path: Path) -> None:
    def plain(cell: object) -> object:
        return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell

    frame.rename(columns=plain).map(plain).to_excel(path, index=False)


WRITERS: dict[str, Writer] = {
    "comma.csv": _csv(",", "utf-8"),
    "semicolon.csv": _csv(";", "utf-8-sig"),
    "tab.tsv": _csv("\t", "utf-16"),
    "bar.txt": _csv("|", "cp1252"),
    "table.parquet": lambda frame, path: frame.to_parquet(path, index=False),
}


def told(error: SynthCraftError, frame: pd.DataFrame) -> list[str]:
    """Cells that a message quotes."""
    cells = {str(cell) for name in frame for cell in frame[name].dropna()}
    said = str(error)
    names = " ".join(map(str, frame.columns))
    return [cell for cell in cells if len(cell) >= TELLING and cell in said and cell not in names]


def read(path: Path, frame: pd.DataFrame, how: Callable[[Path], Ingested]) -> Ingested | None:
    """A file of this table as it is read; nothing if it is refused."""
    try:
        found = how(path)
    except SynthCraftError as error:
        assert not told(error, frame)
        return None
    assert found.frame.shape == frame.shape
    return found


@given(frame=tables(), name=st.sampled_from(sorted(WRITERS)))
@examples(20)
def test_any_table_is_read_in_its_shape_or_refused_without_a_cell(
    frame: pd.DataFrame, name: str
) -> None:
    path = folder() / name
    WRITERS[name](frame, path)
    found = read(path, frame, described)
    if found is None:
        return
    for again in ("again.csv", "again.parquet"):
        write_table(found.frame, found.schema, path.with_name(again))
        read(path.with_name(again), found.frame, ingested)


@given(frame=tables())
@examples(5)
def test_any_sheet_is_read_or_refused_without_a_cell(frame: pd.DataFrame) -> None:
    """Rows and columns without any value do not count in a sheet."""
    path = folder() / "table.xlsx"
    _excel(frame, path)
    try:
        found = described(path)
    except SynthCraftError as error:
        assert not told(error, frame)
    else:
        assert found.frame.shape[0] <= len(frame) and found.frame.shape[1] <= frame.shape[1]
