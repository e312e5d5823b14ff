"""`synthcraft analyse`: every procedure from the command to its files, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.tools.inference.table import PAPER_STAMP
from synthcraft.tools.procedures.registry import procedures
from synthcraft.ui.cli import app

DATA = Path(__file__).parents[4] / "shared" / "data"
NHANES, TCGA = DATA / "nhanes" / "nhanes_2021_2023.csv", DATA / "tcga" / "tcga_purity.csv"
ASKED = {
    "table2": ["--target", "ill"],
    "table3": ["--target", "ill"],
    "discrimination": ["--target", "ill", "--protected", "sex"],
    "augmentation": ["--target", "ill", "--protected", "sex"],
    "purity": ["--target", "score", "--protected", "sex"],
    "quality": ["--target", "ill"],
    "privacy": ["--target", "ill", "--quasi", "age,sex"],
}
SLOW = {("quality", "paper"), ("privacy", "paper")}
"""The metrics of synthcity itself: half a minute each."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    score, man = rng.normal(50, 10, 600).round(1), rng.random(600) < 0.35
    ill = rng.random(600) < 1 / (1 + np.exp(2 - (score - 50) / 8))
    path = tmp_path_factory.mktemp("real") / "real.csv"
    frame = {"score": score, "age": rng.integers(20, 80, 600), "sex": np.where(man, "m", "f")}
    pd.DataFrame({**frame, "ill": ill.astype(int)}).to_csv(path, index=False)
    return path


def run(home: Path, *args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["analyse", *map(str, args), "--home", str(home)])
    return done.exit_code, done.output


def test_every_procedure_has_a_case_here() -> None:
    assert set(ASKED) == set(procedures())


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        pytest.param(name, mode, marks=[pytest.mark.slow] if (name, mode) in SLOW else [])
        for name in sorted(ASKED)
        for mode in ("rigorous", "paper")
    ],
)
def test_it_writes_a_report_and_a_twin_of_every_table_and_figure(
    name: str, mode: str, real: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, said = run(
        tmp_path, real, "--procedure", name, "--mode", mode, "--generators", "cart",
        *ASKED[name], "--out", out,
    )  # fmt: skip
    assert code == 0, said
    record = json.loads((out / "results.json").read_text())
    page = (out / "report.html").read_text()
    assert record["procedure"] == name and record["tables"]
    assert bool(record["facts"]) == (name not in ("quality", "privacy"))
    for table in record["tables"]:
        assert table["rows"], table["notes"]
        twin = out / "tables" / f"{table['name']}.csv"
        header, *rows = csv.reader(twin.open())
        assert header[: len(table["header"])] == table["header"]
        assert [row[: len(table["header"])] for row in rows] == table["rows"]
        assert (PAPER_STAMP in twin.read_text()) == (PAPER_STAMP in table["stamp"])
    for figure in record["figures"]:
        assert figure["caption"] and (out / figure["table"]).read_text().count("\n") > 1
    assert page.count("data:image/svg+xml") == len(record["figures"])
    assert (f"Paper mode: {PAPER_STAMP}" in page) == (mode == "paper")


def test_files_of_one_generator_are_combined(real: Path, tmp_path: Path) -> None:
    table = pd.read_csv(real)
    files = [tmp_path / f"{i}.csv" for i in range(3)]
    for i, path in enumerate(files):
        table.sample(frac=1, replace=True, random_state=i).to_csv(path, index=False)
    asked = (real, *files, "--procedure", "table2", "--target", "ill")
    for more, tables in (((), 3), (("--pooled",), 1)):
        out = tmp_path / f"out{tables}"
        code, said = run(tmp_path, *asked, *more, "--out", out)
        assert code == 0, said
        found = json.loads((out / "results.json").read_text())["tables"]
        assert len(found) == tables
        assert ("Synthetic, 3 tables (n = 600)" in found[0]["header"]) == (tables == 1)


@pytest.mark.parametrize("mode", ["paper", "rigorous"])
def test_augmentation_is_told_group_by_group_beside_the_real_model(
    mode: str, real: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, said = run(
        tmp_path, real, "--procedure", "augmentation", "--generators", "marginal_distributions",
        "--target", "ill", "--protected", "sex", "--mode", mode, "--out", out,
    )  # fmt: skip
    assert code == 0, said
    groups = pd.read_csv(out / "tables" / "augmentation_subgroups_marginal_distributions.csv")
    assert list(groups["Group"]) == [g for g in ("everybody", "sex: f", "sex: m") for _ in (1, 2)]
    assert set(groups["Model of"]) == {"real", "real and marginal_distributions"}
    told = groups[groups["Model of"] != "real"]
    paired = told["Minus real (95 % CI)"].str.contains("(", regex=False)
    assert paired.all() if mode == "rigorous" else not paired.any()
    assert groups["AUC (95 % CI)"].str.fullmatch(r"0\.\d{3} \(0\.\d{3}–0\.\d{3}\)").all()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--procedure", "table4"], "no procedure 'table4'"),
        (["--procedure", "table3"], "needs an outcome"),
        (["--procedure", "table3", "--target", "ill"], "needs synthetic rows"),
        (["--procedure", "table3", "--target", "il", "--generators", "cart"], "no column 'il'"),
        (["--procedure", "table3", "--target", "ill", "--task", "survival"], "column of the time"),
        (["--procedure", "augmentation", "--target", "ill", "--generators", "cart"], "of groups"),
        (["--procedure", "augmentation", "--target", "ill", "--generators", "cart",
          "--protected", "age"], "need limits"),
        (["--procedure", "purity", "--target", "sex", "--generators", "cart"], "must be a number"),
        (["--procedure", "table2", "--generators", "crat"], "no generator called 'crat'"),
        (["--procedure", "discrimination", "--target", "score"], "two classes"),
        (["--procedure", "table2", "--generators", "cart", "--bands", "age"], "COLUMN=40,60"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_sentence(
    args: list[str], words: str, real: Path, tmp_path: Path
) -> None:
    code, said = run(tmp_path, real, *args)
    assert code != 0 and words in said and "Traceback" not in said


def test_numbers_of_persons_are_left_out_when_generators_are_fitted(
    real: Path, tmp_path: Path
) -> None:
    numbered = tmp_path / "numbered.csv"
    frame = pd.read_csv(real)
    frame.insert(0, "person", [f"P{n:05d}" for n in range(len(frame))])
    frame.to_csv(numbered, index=False)
    code, said = run(
        tmp_path, numbered, "--generators", "cart", "--target", "ill", "--unit", "person",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, said
    assert "P00" not in (tmp_path / "out" / "report.html").read_text()


def test_too_few_events_are_refused(real: Path, tmp_path: Path) -> None:
    table = pd.read_csv(real)
    table["ill"] = (np.arange(len(table)) < 9).astype(int)
    table.to_csv(tmp_path / "rare.csv", index=False)
    code, said = run(
        tmp_path, tmp_path / "rare.csv", "--procedure", "table3", "--target", "ill",
        "--generators", "cart",
    )  # fmt: skip
    assert code != 0 and "fewer than 10 rows" in said


@pytest.mark.skipif(not NHANES.exists(), reason="needs ../shared/data/nhanes")
def test_paper_mode_on_nhanes_gives_the_papers_auc(tmp_path: Path) -> None:
    code, said = run(
        tmp_path, NHANES, "--procedure", "discrimination", "--mode", "paper",
        "--target", "heart_attack", "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, said
    record = json.loads((tmp_path / "out" / "results.json").read_text())
    whole = next(t for t in record["tables"] if t["name"] == "discrimination")
    assert whole["rows"][0][4].startswith("0.82") and whole["stamp"] == PAPER_STAMP
    integers = next(t for t in record["tables"] if t["name"] == "discrimination_real")
    assert integers["rows"][0][1].startswith("0.81")


@pytest.mark.skipif(not TCGA.exists(), reason="needs ../shared/data/tcga")
def test_purity_on_tcga_keeps_most_of_the_signal(tmp_path: Path) -> None:
    code, said = run(
        tmp_path, TCGA, "--procedure", "purity", "--target", "purity", "--protected", "cohort",
        "--ignore", "source", "--generators", "cart", "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, said
    rows = json.loads((tmp_path / "out" / "results.json").read_text())["tables"][0]["rows"]
    error = {row[0]: float(row[1].split(" ")[0]) for row in rows}
    assert error["real"] < error["cart"] < error["mean of the training rows"]
