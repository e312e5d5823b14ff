"""Every bad input ends in a stable code and a sentence that quotes no cell."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import InputError
from synthcraft.tools.ingest import Limits, ingest

SECRET = "Zebedee-4711"


def rows(n: int, line: str = f"1,{SECRET}") -> str:
    return "\n".join([line] * n) + "\n"


def binary(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(20_000))


def one_long_line(path: Path) -> None:
    path.write_text("a,b\n" + SECRET * 10_000)


def archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + SECRET.encode() * 100)


def damaged_parquet(path: Path) -> None:
    path.write_bytes(b"PAR1" + SECRET.encode() * 100)


def too_many_columns(path: Path) -> None:
    path.write_text(",".join(f"c{i}" for i in range(5000)) + "\n" + rows(60, ",".join("1" * 5000)))


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


BAD = {
    "empty": (text(""), "E_EMPTY"),
    "blank lines": (text("\n\n\n"), "E_EMPTY"),
    "header only": (text("a,b\n"), "E_NO_ROWS"),
    "one column": (text("a\n" + rows(60, SECRET)), "E_ONE_COLUMN"),
    "unknown delimiter": (text("a^b\n" + rows(60, f"1^{SECRET}")), "E_ONE_COLUMN"),
    "binary": (binary, "E_NOT_A_TABLE"),
    "long line": (one_long_line, "E_LINE_TOO_LONG"),
    "archive": (archive, "E_FORMAT"),
    "damaged parquet": (damaged_parquet, "E_UNREADABLE"),
    "duplicate names": (text("a,b,a\n" + rows(60, f"1,{SECRET},2")), "E_DUPLICATE_COLUMNS"),
    "blank name": (text(",b\n" + rows(60)), "E_COLUMN_NAME"),
    "no header": (text(rows(60, "4711,0815")), "E_NO_HEADER"),
    "too many fields": (text("a,b\n" + rows(60) + f"1,{SECRET},3\n"), "E_RAGGED"),
    "all rows too long": (text("a,b\n" + rows(60, f"1,{SECRET},3")), "E_RAGGED"),
    "open quote": (text('a,b\n1,"' + rows(60)), "E_RAGGED"),
    "few rows": (text("a,b\n" + rows(49)), "E_TOO_FEW_ROWS"),
    "many rows": (text("a,b\n" + rows(1001)), "E_TOO_MANY_ROWS"),
    "many columns": (too_many_columns, "E_TOO_MANY_COLUMNS"),
    "large": (text("a,b\n" + rows(300_000)), "E_TOO_LARGE"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_has_its_code_and_quotes_no_cell(name: str, tmp_path: Path) -> None:
    write, code = BAD[name]
    path = tmp_path / "table.csv"
    write(path)
    limits = Limits(max_line_bytes=50_000, max_rows=1000, max_bytes=2_000_000)
    with pytest.raises(InputError) as caught:
        ingest(path, limits=limits)
    assert (caught.value.code, caught.value.exit_code) == (code, 2)
    assert SECRET not in str(caught.value) and "4711" not in str(caught.value)
    assert caught.value.hint or "--columns" in caught.value.message


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError) as missing:
        ingest(tmp_path / "none.csv")
    assert missing.value.code == "E_NO_FILE"
    with pytest.raises(InputError, match="a folder; name a file") as folder:
        ingest(tmp_path)
    assert folder.value.code == "E_FOLDER"


def test_hundred_megabytes_on_one_line_stay_out_of_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        ingest(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "E_LINE_TOO_LONG"
    assert peak < 20_000_000


def test_wide_table_is_read_when_columns_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    too_many_columns(path)
    with pytest.raises(InputError, match="5,000 columns: choose at most 500 with --columns"):
        ingest(path)
    assert list(ingest(path, columns=("c4999", "c3")).frame) == ["c3", "c4999"]


def test_a_misspelt_column_gets_the_nearest_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("heart_attack,age\n" + rows(60, "1,40"))
    with pytest.raises(InputError) as caught:
        ingest(path, columns=("Heart_atack",))
    assert caught.value.code == "E_NO_COLUMN"
    assert "'heart_attack'" in caught.value.hint


def test_excel_names_its_sheets_when_one_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    pd.DataFrame({"a": range(60), "b": range(60)}).to_excel(path, index=False)
    with pytest.raises(InputError, match="Sheet1") as caught:
        ingest(path, sheet="Nope")
    assert caught.value.code == "E_SHEET"


def test_parquet_with_lists_is_refused_by_column_name(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": range(60), "events": [[1, 2]] * 60}).to_parquet(path)
    with pytest.raises(InputError, match="'events'") as caught:
        ingest(path)
    assert caught.value.code == "E_NESTED"
