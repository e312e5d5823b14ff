"""Bad input through the real command line: a sentence, exit 2, no cell value, no project left."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.ui.cli import app

cli = CliRunner()
SECRET = "Zebra-7731"
"""Stands in cells of every table below, and must stand in no message."""


def patients(rows: int = 120) -> pd.DataFrame:
    """A small, usable table."""
    rng = np.random.default_rng(7)
    outcome = rng.random(rows) < 0.3
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, rows),
            "bmi": rng.normal(27, 4, rows).round(1),
            "clinic": rng.choice(["north", SECRET], rows),
            "died": outcome.astype(int),
        }
    )


def _csv(frame: pd.DataFrame) -> Callable[[Path], object]:
    return lambda path: frame.to_csv(path, index=False)


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _wide(path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(5_000))
    row = ",".join(["1"] * 4_999 + [SECRET])
    path.write_text("\n".join([names, *[row] * 60]))


NAMES = "age,bmi,clinic,died\n"
ROW = f"50,27.1,{SECRET},1\n"
FILES: dict[str, Callable[[Path], object]] = {
    "missing file": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "empty file": _bytes(b""),
    "header only": _bytes(NAMES.encode()),
    "one column": _csv(patients()[["clinic"]]),
    "wrong delimiter": _bytes((NAMES + ROW * 99).replace(",", "~").encode()),
    "binary garbage": _bytes(np.random.default_rng(1).bytes(50_000)),
    "an image under .csv": _bytes(b"\x89PNG\r\n\x1a\n" + SECRET.encode() * 999),
    "all on one line": _bytes(f"{SECRET},".encode() * 300_000),
    "more fields than names": _bytes((NAMES + ROW * 60 + f"{SECRET},1,2,3,4,5\n").encode()),
    "duplicate names": _bytes((f"age,age,clinic,died\n{ROW * 99}").encode()),
    "fewer than 50 rows": _csv(patients(49)),
    "5,000 columns": _wide,
}
TABLES: dict[str, tuple[pd.DataFrame, list[str]]] = {
    "target absent": (patients(), ["--target", "dead"]),
    "target constant": (patients().assign(died=1), ["--target", "died"]),
    "target with one positive": (
        patients().assign(died=[1] + [0] * 119),
        ["--target", "died"],
    ),
    "target of names": (
        patients().assign(died=[f"{SECRET} {number}" for number in range(120)]),
        ["--target", "died"],
    ),
    "column chosen is absent": (patients(), ["--columns", "age,weight"]),
    "sensitive column absent": (patients(), ["--sensitive", "hiv"]),
    "unknown generator": (patients(), ["--generators", "ctgam"]),
    "unknown parameter": (patients(), ["--param", "ctgan.colour=1"]),
    "parameter out of range": (patients(), ["--param", "ctgan.n_iter=-1"]),
    "malformed parameter": (patients(), ["--param", "n_iter=1"]),
    "ten million rows": (patients(), ["--rows", "10000000"]),
    "a time below zero": (
        patients().assign(months=[-1.0] + [5.0] * 119),
        ["--target", "died", "--task", "survival", "--time", "months"],
    ),
    "a time of zero": (
        patients().assign(months=[0.0] + [5.0] * 119),
        ["--target", "died", "--task", "survival", "--time", "months"],
    ),
    "no rows wanted": (patients(), ["--rows", "0"]),
    "no epsilon at all": (patients(), ["--epsilon", "0"]),
    "an absurd epsilon": (patients(), ["--epsilon", "1e7"]),
    "an epsilon that is no number": (patients(), ["--epsilon", "nan"]),
    "impossible epsilon": (patients(), ["--epsilon", "-1"]),
    "impossible budget": (patients(), ["--budget", "0"]),
    "plan absent": (patients(), ["--plan", "absent.json"]),
}


def _refused(words: list[str], home: Path) -> dict[str, str]:
    """Run, check what holds for every refusal, and return the error."""
    command = ["run", *words, "--approve", "auto", "--home", str(home)]
    asked = cli.invoke(app, [*command, "--json"])
    assert asked.exit_code == 2, asked.output
    error: dict[str, str] = json.loads(asked.stdout)["error"]
    assert error["code"].startswith("E_") and error["message"].endswith((".", "?"))
    assert SECRET not in asked.output and "Traceback" not in asked.output
    listed = cli.invoke(app, ["sessions", "list", "--json", "--home", str(home)])
    assert json.loads(listed.stdout) == {"sessions": []}
    return error


@pytest.mark.parametrize("case", FILES)
def test_an_unusable_file_is_refused(case: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    FILES[case](path)
    _refused([str(path)], tmp_path / "home")


@pytest.mark.parametrize("case", TABLES)
def test_an_unusable_request_is_refused(case: str, tmp_path: Path) -> None:
    frame, options = TABLES[case]
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    _refused([str(path), *options], tmp_path / "home")


def test_the_sentence_names_the_columns_that_come_near(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    patients().to_csv(path, index=False)
    error = _refused([str(path), "--target", "dies"], tmp_path / "home")
    assert "died" in error["hint"]


@pytest.mark.parametrize("words", ["run TABLE --generators", "generators show", "generators pilot"])
def test_the_generator_that_was_meant_is_offered(words: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    patients().to_csv(path, index=False)
    command = [*words.replace("TABLE", str(path)).split()]
    command += [str(path), "--engine", "ctgam"] if "pilot" in words else ["ctgam"]
    result = cli.invoke(app, [*command, "--home", str(tmp_path / "home")])
    assert result.exit_code == 2
    assert result.stderr.count("Did you mean ctgan") == 1


def test_a_column_of_too_many_texts_is_left_out_and_an_epsilon_without_effect_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.csv"
    rows = 60_000
    codes = [f"{SECRET}-{number % 50_000}" for number in range(rows)]
    patients(rows).assign(code=codes).to_csv(path, index=False)
    words = ["run", str(path), "--target", "died", "--generators", "cart", "--epsilon", "1"]
    words += ["--columns", "age,code,died", "--home", str(tmp_path), "--budget", "0.001"]
    said = cli.invoke(app, [*words, "--approve", "auto", "--out", str(tmp_path)]).output
    assert "No generator will see: code." in said
    assert SECRET not in said
    assert "The epsilon of 1 does not bind cart" in said


def test_tables_that_do_not_join_are_refused(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        patients().to_csv(tmp_path / name, index=False)
    both = [str(tmp_path / "one.csv"), str(tmp_path / "two.csv")]
    assert "--join-on" in _refused(both, tmp_path / "home")["hint"]
    _refused([*both, "--join-on", "SEQN"], tmp_path / "home")
    _refused([*both, "--join-on", "clinic"], tmp_path / "home")


def test_an_unusable_output_folder_is_found_before_the_run(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    patients().to_csv(path, index=False)
    _refused([str(path), "--out", str(path)], tmp_path / "home")


def test_bytes_that_are_no_text_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "table\udcff.csv"
    patients().to_csv(path, index=False)
    error = _refused([str(path)], tmp_path / "home")
    assert "Word 2 of the command" in error["message"]
