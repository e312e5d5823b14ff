"""`synthcraft case` end to end on real rows, with an engine that takes no time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from synthcraft.evals.case.records import CaseResults
from synthcraft.evals.case.section import section
from synthcraft.tools.inference.table import PAPER_STAMP
from synthcraft.ui.cli import app

DATA = Path(__file__).parents[3] / "shared" / "data"
TCGA = DATA / "tcga" / "tcga_purity.csv"
needs_tcga = pytest.mark.skipif(not TCGA.exists(), reason="needs ../shared/data/tcga")
COMMAND = str(Path(sys.executable).with_name("synthcraft"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third of the samples, as a folder of data."""
    folder = tmp_path_factory.mktemp("data")
    pd.read_csv(TCGA).sample(150, random_state=0).to_csv(folder / TCGA.name, index=False)
    return folder


def run(home: Path, *args: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["case", *map(str, args), "--home", str(home)])
    return done.exit_code, done.output


def read(out: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((out / "results.json").read_text())
    return record


@needs_tcga
def test_the_page_sets_the_paper_beside_ours(data: Path, tmp_path: Path) -> None:
    out, kept = tmp_path / "out", tmp_path / "kept"
    code, said = run(
        tmp_path, "tcga", "--data", data, "--generators", "cart", "--out", out, "--results", kept
    )
    assert code == 0, said
    page, record = (out / "report.html").read_text(), read(out)
    for words in ("9,678", "paper’s way", "rigorous", PAPER_STAMP, "differs", "not run"):
        assert words in page
    assert "pategan: not asked for" in page and "Claim level" in page
    errors = {f["about"]: f["value"] for f in record["facts"]["rigorous"] if f["name"] == "mse"}
    assert errors["real"] < errors["mean of the training rows"] and "cart" in errors
    assert [step["status"] for step in record["steps"]] == ["ok", "ok"]
    for mode in ("paper", "rigorous"):
        twin = (out / "tables" / f"{mode}_purity.csv").read_text()
        assert (PAPER_STAMP in twin) == (mode == "paper")
    results = CaseResults.model_validate_json((kept / "case_tcga_standard.json").read_text())
    assert section(results) in (kept / "RESULTS.md").read_text()


@needs_tcga
def test_after_a_kill_a_finished_step_is_not_done_again(data: Path, tmp_path: Path) -> None:
    asked = ["case", "tcga", "--data", str(data), "--generators", "cart"]
    words = [COMMAND, *asked, "--home", str(tmp_path), "--out", str(tmp_path / "out")]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("paper: purity by cart: done"):
                break
        os.killpg(running.pid, signal.SIGKILL)
    assert not (tmp_path / "out" / "report.html").exists()
    code, said = run(tmp_path, *asked[1:], "--out", tmp_path / "out")
    assert code == 0, said
    assert "paper: purity by cart: there from before" in said
    first, second = read(tmp_path / "out")["steps"]
    assert first["cached"] and first["status"] == second["status"] == "ok"


@needs_tcga
def test_what_the_limit_does_not_hold_is_named_with_its_time(data: Path, tmp_path: Path) -> None:
    code, said = run(
        tmp_path,
        "tcga",
        "--data",
        data,
        "--minutes",
        0,
        "--preset",
        "paper",
        "--out",
        tmp_path / "o",
    )
    assert code == 0, said
    record = read(tmp_path / "o")
    assert {step["status"] for step in record["steps"]} == {"not run"}
    assert all(step["predicted"] > 0 and step["message"] for step in record["steps"])
    page = (tmp_path / "o" / "report.html").read_text()
    assert "What did not run" in page and "of the time limit were left" in page


@pytest.mark.slow
def test_nhanes_by_one_engine_has_every_analysis(nhanes_parts: list[Path], tmp_path: Path) -> None:
    code, said = run(
        tmp_path, "nhanes", "--data", nhanes_parts[0].parent, "--generators", "cart",
        "--fits", 2, "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, said
    record = read(tmp_path / "out")
    assert record["data"]["rows"] == 2924 and record["fits"] == {"cart": 2}
    lines = {line["says"]: line for line in record["compared"]}
    real = lines["AUC, learnt from real people"]
    assert real["ours"]["paper"].startswith("0.81")
    assert real["verdict"] == {"paper": "agrees", "rigorous": "agrees"}
    assert lines["People with complete data"]["verdict"]["paper"] == "agrees"
    names = {fact["name"] for fact in record["facts"]["rigorous"]}
    wanted = {"auc", "prevalence", "mean interval overlap", "auc gained by synthetic"}
    assert wanted <= names
    groups = {fact["group"].split(":")[0] for fact in record["facts"]["paper"]}
    assert {"age", "gender", "ethnicity"} <= groups


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nhane"], "Did you mean 'nhanes'"),
        (["nhanes"], "No data were named"),
        (["nhanes", "--data", "nowhere"], "There is no folder 'nowhere'"),
        (["nhanes", "--data", "."], "DEMO_L.xpt of NHANES 2021-2023 is not in the folder"),
        (["tcga", "--data", "."], "tcga_purity.csv is not in the folder"),
        (["tcga", "--download"], "cannot be fetched"),
        (["tcga", "--data", ".", "--generators", "crat"], "no generator called 'crat'"),
        (["tcga", "--data", ".", "--generators", "survival_gan"], "another kind of table"),
    ],
)
def test_bad_input_is_a_sentence(
    args: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = run(tmp_path / "home", *args)
    assert code == 2 and words in " ".join(said.split()) and "Traceback" not in said


def test_a_file_that_is_not_whole_is_refused(nhanes_parts: list[Path], tmp_path: Path) -> None:
    for path in nhanes_parts:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    short = tmp_path / "MCQ_L.xpt"
    short.write_bytes(short.read_bytes()[:-80])
    code, said = run(tmp_path / "home", "nhanes", "--data", tmp_path, "--out", tmp_path / "out")
    assert code == 2 and "is not whole" in said


@needs_tcga
def test_a_table_without_a_gene_is_refused(tmp_path: Path) -> None:
    pd.read_csv(TCGA).drop(columns="CCL22").to_csv(tmp_path / TCGA.name, index=False)
    code, said = run(tmp_path / "home", "tcga", "--data", tmp_path, "--out", tmp_path / "out")
    assert code == 2 and "'CCL22'" in said
