"""Tables of every format arrive in canonical dtypes with the right schema."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from synthcraft.graph.errors import DataError
from synthcraft.tools.ingest import ingest, merge_tables, write_table

N = 60


def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "count": np.tile(np.arange(20.0), 3),
            "bmi": np.append(rng.uniform(18, 40, N - 1).round(1), np.nan),
            "sex": rng.choice(["f", "m"], N),
            "stage": rng.choice(["I", "II", "III"], N),
        }
    )


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, sheet_name="data", index=False)
        frame.head(1).to_excel(book, sheet_name="notes", index=False)


WRITERS = {
    "csv": lambda f, p: f.to_csv(p, index=False),
    "tsv": lambda f, p: f.to_csv(p, index=False, sep="\t"),
    "parquet": lambda f, p: f.to_parquet(p),
    "xpt": lambda f, p: pyreadstat.write_xport(f, str(p)),
    "sav": lambda f, p: pyreadstat.write_sav(f, str(p)),
    "dta": lambda f, p: pyreadstat.write_dta(f, str(p)),
    "xlsx": write_xlsx,
}


@pytest.mark.parametrize("extension", WRITERS)
def test_every_format_gives_the_same_table(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{extension}"
    WRITERS[extension](table(), path)
    result = ingest(path)
    assert [str(d) for d in result.frame.dtypes] == ["Int64", "float64", "string", "string"]
    assert [c.kind for c in result.schema.columns] == ["integer", "numeric", "binary", "category"]
    assert result.schema["bmi"].decimals == 1 and result.schema["bmi"].nullable
    pd.testing.assert_frame_equal(result.frame, table(), check_dtype=False)


@pytest.mark.parametrize("extension", ["csv", "parquet"])
def test_what_we_write_reads_back_the_same_and_bytes_repeat(extension: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    frame = table().assign(seen=pd.date_range("2020-01-31", periods=N).strftime("%d/%m/%Y"))
    frame.to_csv(source, index=False)
    first = ingest(source)
    paths = [tmp_path / f"{name}.{extension}" for name in "ab"]
    for path in paths:
        write_table(first.frame, first.schema, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    pd.testing.assert_frame_equal(ingest(paths[0]).frame, first.frame)
    if extension == "csv":
        assert "31/01/2020" in paths[0].read_text()
        assert paths[0].read_text().splitlines()[1].startswith("0,")


def test_semicolons_decimal_commas_and_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = ["größe;gewicht;ort", *(f"1,7{i % 10};1.0{i:02d},5;Köln" for i in range(N))]
    path.write_bytes("\n".join(lines).encode("latin-1"))
    result = ingest(path)
    assert result.frame["größe"].iloc[3] == 1.73
    assert result.frame["gewicht"].iloc[3] == 1003.5
    assert "';' as delimiter" in result.notes[0] and "Latin-1" in result.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_do_not_reach_the_first_name(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(table().to_csv(index=False).encode(encoding))
    assert next(iter(ingest(path).frame)) == "count"


def test_a_wrong_extension_is_recognised_by_content(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    table().to_parquet(path)
    result = ingest(path)
    assert result.format == "parquet"
    assert "by its content" in result.notes[0]


def test_a_text_that_breaks_its_line_is_still_one_cell(tmp_path: Path) -> None:
    """A carriage return by itself is a line's end for who reads CSV, and none for who writes it."""
    words = ["left\rright", "a\r\nb", "a\nb", 'a "b"', "", "plain"]
    frame = pd.DataFrame({"note": words * 10, "age": range(60)})
    frame.to_parquet(tmp_path / "t.parquet")
    first = ingest(tmp_path / "t.parquet")
    write_table(first.frame, first.schema, tmp_path / "again.csv")
    pd.testing.assert_frame_equal(ingest(tmp_path / "again.csv").frame, first.frame)


def test_odd_names_are_kept_and_control_characters_become_a_space(tmp_path: Path) -> None:
    odd = ["__proto__", "a 'b' \"c\"", "😀", "'; DROP TABLE x; --", "<b>hi</b>"]
    frame = pd.DataFrame({name: range(N) for name in [*odd, "two\nlines"]})
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    result = ingest(path)
    assert list(result.schema.names) == [*odd, "two lines"]
    write_table(result.frame, result.schema, tmp_path / "again.csv")
    assert list(ingest(tmp_path / "again.csv").frame) == [*odd, "two lines"]


def test_value_labels_take_the_place_of_codes_only_where_all_codes_have_one(tmp_path: Path) -> None:
    frame = pd.DataFrame({"smoker": [1.0, 2.0] * 30, "age": [*range(20, 49), 99.0] * 2})
    path = tmp_path / "t.sav"
    labels = {"smoker": {1.0: "yes", 2.0: "no"}, "age": {99.0: "refused"}}
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels)
    result = ingest(path)
    assert result.schema["smoker"].categories == ("no", "yes")
    assert result.schema["age"].kind == "integer"


def test_excel_reads_the_first_sheet_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_xlsx(table(), path)
    assert any("2 sheets" in note for note in ingest(path).notes)


def test_odd_columns_are_noted_and_never_stop_the_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "x": [str(i) for i in range(N - 1)] + ["inf"],
            "mixed": [str(i) for i in range(N - 5)] + ["unknown"] * 5,
            "empty": [None] * N,
            "same": ["a"] * N,
            "note": [
                f"Seen on the ward, patient number {i} was stable and slept" for i in range(N)
            ],
            "price": [f"{i + 1},234" for i in range(N)],
            "code": [f"0{i % 7}" for i in range(N)],
        }
    )
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    result = ingest(path)
    kinds = {c.name: c.kind for c in result.schema.columns}
    assert kinds["empty"] == kinds["same"] == "constant"
    assert kinds["note"] == "text"
    assert kinds["code"] == "category" and result.schema["code"].categories[1] == "01"
    assert result.frame["x"].isna().sum() == 1 and result.frame["x"].dtype == "Int64"
    assert result.frame["mixed"].dtype == "string"
    assert result.frame["price"].iloc[0] == 1234
    text = " ".join(result.notes)
    for said in ("under 10 infinite values", "'mixed': numbers and text", "thousands"):
        assert said in text


def test_numbers_between_odd_blanks_and_numbers_of_thousands_of_digits(tmp_path: Path) -> None:
    """Signs that Python strips from a text and `float` does not; digits that it does not read."""
    path = tmp_path / "t.csv"
    cells = [f"{n}.5,{n}" for n in range(N)]
    cells[3], cells[7] = "\x1c" + cells[3], f"7.5,{'9' * 5000}"
    rows = "\n".join(cells)
    path.write_text(f"dose,code\n{rows}\n")
    frame = ingest(path).frame
    assert frame["dose"].tolist() == [n + 0.5 for n in range(N)]
    assert frame["code"].dtype == "string" and frame["code"].str.len().max() == 5000


def test_joined_tables_keep_the_rows_of_the_first(tmp_path: Path) -> None:
    people = pd.DataFrame({"SEQN": np.arange(100.0, 100 + N), "age": np.arange(20.0, 20 + N)})
    lab = pd.DataFrame({"SEQN": [101.0, 105.0], "ldl": [3.5, 0.0], "age": [1.0, 2.0]})
    paths = [tmp_path / "people.xpt", tmp_path / "lab.xpt"]
    for frame, path in zip((people, lab), paths, strict=True):
        pyreadstat.write_xport(frame, str(path))
    result = merge_tables(paths, "SEQN")
    assert len(result.frame) == N and list(result.frame) == ["SEQN", "age", "ldl"]
    assert result.frame.loc[result.frame["SEQN"] == 105, "ldl"].item() == 0.0
    assert result.frame["ldl"].notna().sum() == 2
    assert result.frame["age"].tolist() == people["age"].tolist()
    with pytest.raises(DataError) as absent:
        merge_tables(paths, "SEQ")
    assert absent.value.code == "E_KEY" and "SEQN" in absent.value.hint
    pyreadstat.write_xport(pd.concat([lab, lab]), str(paths[1]))
    with pytest.raises(DataError) as double:
        merge_tables(paths, "SEQN")
    assert double.value.code == "E_KEY"


def test_texts_that_a_spreadsheet_would_calculate_are_told_by_their_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "\n".join(f"{n},=HYPERLINK(A1),-{n}.5,- none,a-{n % 3}" for n in range(60))
    path.write_text(f"id,site,change,said,ward\n{rows}\n")
    told = [note for note in ingest(path).notes if "spreadsheet" in note]
    assert len(told) == 1 and "'site'" in told[0] and "HYPERLINK" not in told[0]
    assert not any(f"'{name}'" in told[0] for name in ("id", "change", "said", "ward"))
    path.write_text(path.read_text().replace("=HYPERLINK(A1)", "north"))
    assert not any("spreadsheet" in note for note in ingest(path).notes)
