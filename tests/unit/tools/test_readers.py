"""A format is added with one decorated function."""

from pathlib import Path

import pandas as pd
import pytest

from synthcraft.graph.errors import DataError
from synthcraft.tools.ingest import ingest
from synthcraft.tools.raw_table import RawTable, Request, chosen_columns, clean_names
from synthcraft.tools.readers import READERS, reader


def test_a_new_reader_is_one_function(tmp_path: Path) -> None:
    path = tmp_path / "t.fixed"
    path.write_text("\n".join(["age bmi", *(f"{i % 30:3d} 2{i % 9}.5" for i in range(60))]))

    @reader(".fixed")
    def read_fixed(path: Path, request: Request) -> RawTable:
        frame = pd.read_fwf(path)
        return RawTable(frame[chosen_columns(list(frame), request)], "fixed")

    try:
        result = ingest(path)
    finally:
        del READERS[".fixed"]
    assert result.format == "fixed"
    assert [c.kind for c in result.schema.columns] == ["integer", "numeric"]


def test_an_extension_belongs_to_one_reader() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        reader(".csv")(lambda path, request: RawTable(pd.DataFrame(), "x"))


def test_a_reader_that_fails_says_so_without_the_library_message(tmp_path: Path) -> None:
    path = tmp_path / "t.broken"
    path.write_text("secret")

    @reader(".broken")
    def read_broken(path: Path, request: Request) -> RawTable:
        raise RuntimeError("cell 'secret' is wrong")

    try:
        with pytest.raises(DataError) as caught:
            ingest(path)
    finally:
        del READERS[".broken"]
    assert caught.value.code == "E_UNREADABLE"
    assert "secret" not in str(caught.value) and "RuntimeError" in caught.value.message


def test_names_that_become_equal_are_found_after_cleaning() -> None:
    with pytest.raises(DataError) as caught:
        clean_names(["a\nb", "a b"])
    assert caught.value.code == "E_DUPLICATE_COLUMNS"
    assert clean_names(["a\tb", "c"]) == ["a b", "c"]
