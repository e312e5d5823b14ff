"""Every bad input ends in a stable code and a sentence that quotes no cell."""

import tracemalloc
import zipfile
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


def too_many_columns(path: Path, count: int = 5000) -> None:
    names = ",".join(f"c{i}" for i in range(count))
    path.write_text(f"{names}\n" + rows(60, ",".join("1" * count)))


def very_many_columns(path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(20_000))
    path.write_text(f"{names}\n{','.join('1' * 20_000)}\n")


def picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + np.random.default_rng(1).bytes(5000))


def bomb(path: Path) -> None:
    """A workbook of a few kilobytes that unpacks to sixty megabytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))


def lying_bomb(path: Path) -> None:
    """The same, with a directory that declares a thousand bytes."""
    bomb(path)
    raw = path.read_bytes()
    path.write_bytes(raw.replace((60_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))


def large_bomb(path: Path) -> None:
    """A workbook that declares more than the limit."""
    bomb(path)
    raw = path.read_bytes()
    path.write_bytes(raw.replace((60_000_000).to_bytes(4, "little"), b"\xf0\xff\xff\xff"))


def sheet(path: Path, cells: str, head: str = "", encoding: str = "utf-8") -> None:
    """A workbook whose only sheet is written by hand."""
    pd.DataFrame({"a": range(60), "b": range(60)}).to_excel(path.with_suffix(".xlsx"))
    with zipfile.ZipFile(path.with_suffix(".xlsx")) as good:
        parts = {item: good.read(item) for item in good.namelist()}
    ours = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    body = f'<worksheet xmlns="{ours}"><sheetData>{cells}</sheetData></worksheet>'
    said = f'<?xml version="1.0" encoding="{encoding}"?>{head}{body}'
    parts["xl/worksheets/sheet1.xml"] = said.encode(encoding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


CORNERS = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)


def far_apart(path: Path) -> None:
    """Two cells, and 17 thousand million between them."""
    sheet(path, CORNERS)


def far_apart_in_disguise(path: Path) -> None:
    """The same, in an encoding that a search for text would not see."""
    sheet(path, CORNERS, encoding="utf-16")


def without_places(path: Path) -> None:
    """Rows and cells that say nothing of where they are."""
    wide = "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>"
    sheet(path, wide + "<row/>" * 5_000 + "<row><c><v>1</v></c></row>")


def laughs(path: Path) -> None:
    """A sheet of entities that are made of entities."""
    rows = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    sheet(path, "<row><c><v>&e9;</v></c></row>", f'<!DOCTYPE x [<!ENTITY e0 "{SECRET}">{rows}]>')


def repeated_parquet(path: Path) -> None:
    """A text of a megabyte, written once, for each of a thousand rows."""
    frame = pd.DataFrame({"a": range(1000), "b": ["x" * 1_000_000] * 1000})
    frame["b"] = frame["b"].astype("category")
    frame.to_parquet(path, row_group_size=1000)


def zeros_parquet(path: Path) -> None:
    """Texts that are all different, and nothing once compressed."""
    frame = pd.DataFrame({"a": range(300), "b": [f"{n:010000d}" for n in range(300)]})
    frame.to_parquet(path, compression="zstd", use_dictionary=False)


def padded_spss(path: Path) -> None:
    """Blanks, which SPSS compresses well."""
    import pyreadstat

    frame = pd.DataFrame({"a": range(900), "b": ["x" + " " * 8_000] * 899 + ["y" * 32_000]})
    pyreadstat.write_sav(frame, str(path), compress=True)


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
    "20,000 columns": (very_many_columns, "E_LINE_TOO_LONG"),
    "picture": (picture, "E_NOT_A_TABLE"),
    "workbook bomb": (bomb, "E_TOO_LARGE"),
    "large workbook bomb": (large_bomb, "E_TOO_LARGE"),
    "lying workbook bomb": (lying_bomb, "E_UNREADABLE"),
    "workbook with far corners": (far_apart, "E_TOO_LARGE"),
    "workbook with far corners in UTF-16": (far_apart_in_disguise, "E_TOO_LARGE"),
    "workbook without places": (without_places, "E_TOO_LARGE"),
    "workbook of entities": (laughs, "E_UNREADABLE"),
    "parquet of one text": (repeated_parquet, "E_TOO_LARGE"),
    "parquet of zeros": (zeros_parquet, "E_TOO_LARGE"),
    "padded SPSS": (padded_spss, "E_TOO_LARGE"),
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
