"""A custodian knows a released file, and rows of it that came back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from synthcraft.tools.labels import ID, label_in
from synthcraft.ui.cli import app


def run(home: Path, *words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, [*words, "--home", str(home), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_released_files_and_their_rows_are_known_again(
    clinic_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    home, out, ids = tmp_path / "home", tmp_path / "out", tmp_path / "ids"
    asked = (
        "run",
        str(clinic_csv),
        "--target",
        "stroke",
        "--generators",
        "cart",
        "--tier",
        "quick",
    )
    code, results = run(home, *asked, "--approve", "auto", "--seed", "1", "--out", str(out))
    assert code == 0
    session, released = results["session"], out / results["candidates"][0]["file"]
    assert label_in(released)["synthetic"] == "true"
    card = json.loads(released.with_suffix(".json").read_text())
    assert (card["synthetic"], card["sha256"]) == (True, results["candidates"][0]["sha256"])
    assert card["expires"] > card["created"]

    for file in (released, released.with_suffix(".csv")):
        code, told = run(home, "labels", "verify", str(file))
        assert (code, told["known"]["whole"], told["known"]["release"]["session"]) == (
            0,
            True,
            session,
        )
    code, told = run(home, "labels", "verify", str(clinic_csv))
    assert (code, told["known"], told["label"]) == (1, None, {})

    code, written = run(home, "labels", "ids", session, "--out", str(ids))
    assert code == 0
    copies = [Path(path) for path in written["files"].values()]
    marked = pd.read_parquet(next(path for path in copies if path.suffix == ".parquet"))
    pd.testing.assert_frame_equal(marked.drop(columns=ID), pd.read_parquet(released))
    beside = json.loads(next(path for path in copies if path.suffix == ".json").read_text())
    assert beside["evaluated_sha256"] == card["sha256"]

    code, written = run(home, "labels", "excel", session, "--out", str(ids))
    book = Path(next(path for path in written["files"].values() if path.endswith(".xlsx")))
    assert code == 0 and book.name.startswith("SYNTHETIC__")
    own = ("sha256", "csv_sha256", "row_marks")
    book_card = json.loads(Path(f"{book}.json").read_text())
    labels = [{k: v for k, v in c.items() if k not in own} for c in (beside, book_card)]
    assert labels[0] == labels[1] and labels[0]["expires"] > labels[0]["created"]
    code, told = run(home, "labels", "verify", str(book))
    assert (code, told["known"]["whole"], told["label"]["synthetic"]) == (0, True, "true")
    assert told["label"]["evaluated_sha256"] == card["sha256"]
    opened = load_workbook(book)
    opened.active.cell(2, 2).value = 17  # opened, changed and saved as a person would
    opened.save(book)
    code, told = run(home, "labels", "verify", str(book))
    assert (code, told["known"], told["label"]["generator"]) == (1, None, "cart")

    mixed = tmp_path / "mixed.csv"
    text = pd.read_csv(
        next(path for path in copies if path.suffix == ".csv"), dtype=str, keep_default_na=False
    )
    text.iloc[::-1].head(50).to_csv(mixed, index=False)
    code, told = run(home, "labels", "verify", str(mixed))
    assert (code, told["known"]["rows"]["ours"], told["verified"]) == (0, 50, True)
    text.head(50).assign(stroke="9").to_csv(mixed, index=False)
    code, told = run(home, "labels", "verify", str(mixed))
    assert (code, told["known"]["rows"]["changed"]) == (1, 50)
    code, told = run(tmp_path / "other", "labels", "verify", str(mixed))
    assert (code, told["known"]) == (1, None)

    code, told = run(home, "audit", "verify", session)
    assert (code, told["problems"]) == (0, [])


def test_what_cannot_be_looked_at_is_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "odd.parquet").write_text("no table")
    (tmp_path / "odd.xlsx").write_text("no workbook")
    (tmp_path / "odd.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("odd.parquet", "odd.xlsx", "odd.csv", "none.csv"):
        code, told = run(home, "labels", "verify", str(tmp_path / name))
        assert (code, set(told)) == (2, {"error"}), name
    assert run(home, "labels", "ids", "nobody", "--out", str(tmp_path))[0] == 2
