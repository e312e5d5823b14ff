"""The files that leave are whole, labelled, and the synthetic bytes are those evaluated."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.graph.errors import StoreError
from synthcraft.graph.records import Plan
from synthcraft.tools.audit import ROOT, AuditLog
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import Results
from synthcraft.tools.report.writers import file_name, write_outputs

TABLE = pd.DataFrame(
    {
        "age": pd.array([40, None], dtype="Int64"),
        'odd "name"\n': pd.array(["a,b", "ü"], dtype="string"),
    }
)


@pytest.fixture
def frames(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "store.parquet"
    TABLE.to_parquet(path)
    return {"bayesian_network": path}


@pytest.fixture
def written(lean: ReportRecord, frames: dict[str, Path], tmp_path: Path) -> dict[str, str]:
    log = AuditLog(tmp_path / "log.jsonl")
    log.append({"kind": "start"}, ROOT)
    return write_outputs(lean, frames, tmp_path / "out", log.all())


def test_every_file_that_is_named_is_there(written: dict[str, str], tmp_path: Path) -> None:
    assert set(written) == {
        *("report.html", "results.json", "plan.json", "audit.jsonl", "reproduce.py"),
        "evaluation_plan.yaml",
        *(f"synthetic/SYNTHETIC__bayesian_network.{e}" for e in ("parquet", "csv", "json")),
        "figures/flow.csv",
    }
    assert all(Path(path).is_file() for path in written.values())
    inside = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*")}
    assert inside == set(written)


def test_the_released_bytes_are_the_evaluated_ones(
    written: dict[str, str], frames: dict[str, Path]
) -> None:
    released = Path(written["synthetic/SYNTHETIC__bayesian_network.parquet"]).read_bytes()
    assert released == frames["bayesian_network"].read_bytes()
    card = json.loads(Path(written["synthetic/SYNTHETIC__bayesian_network.json"]).read_text())
    assert card["synthetic"] is True
    assert card["generator"] == "bayesian_network"
    assert card["sha256"] == hashlib.sha256(released).hexdigest()
    assert card["report"] == "../report.html"


def test_the_csv_holds_the_same_table(written: dict[str, str]) -> None:
    path = Path(written["synthetic/SYNTHETIC__bayesian_network.csv"])
    types = {"age": "Int64", 'odd "name"\n': "string"}
    pd.testing.assert_frame_equal(pd.read_csv(path, dtype=types), TABLE)


def test_results_name_files_relative_to_their_folder(
    written: dict[str, str], tmp_path: Path
) -> None:
    text = Path(written["results.json"]).read_text("utf-8")
    results = Results.model_validate_json(text)
    assert results.candidates[0].file == "synthetic/SYNTHETIC__bayesian_network.parquet"
    assert results.candidates[2].file is None
    assert all((tmp_path / "out" / name).is_file() for name in results.files.values())
    assert str(tmp_path) not in text


def test_the_plan_and_the_log_can_be_read_again(
    written: dict[str, str], lean: ReportRecord
) -> None:
    assert Plan.model_validate_json(Path(written["plan.json"]).read_text()) == lean.plan
    assert AuditLog(Path(written["audit.jsonl"])).verify() == []


def test_the_script_names_the_released_file(written: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, written["reproduce.py"], "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "SYNTHETIC__bayesian_network.parquet" in Path(written["reproduce.py"]).read_text()


def test_writing_twice_replaces_and_leaves_nothing_behind(
    lean: ReportRecord, frames: dict[str, Path], tmp_path: Path
) -> None:
    first = write_outputs(lean, frames, tmp_path / "out")
    bytes_before = {name: Path(path).read_bytes() for name, path in first.items()}
    second = write_outputs(lean, frames, tmp_path / "out")
    assert {name: Path(path).read_bytes() for name, path in second.items()} == bytes_before
    assert not [p for p in (tmp_path / "out").rglob(".*")]


def test_a_run_without_candidates_writes_its_documents(
    empty_record: ReportRecord, tmp_path: Path
) -> None:
    written = write_outputs(empty_record, {}, tmp_path / "out")
    assert not (tmp_path / "out" / "synthetic").exists()
    assert Path(written["report.html"]).stat().st_size > 1000


def test_a_candidate_cannot_leave_the_folder() -> None:
    assert file_name("../../etc/x y") == "SYNTHETIC__.._.._etc_x_y"


def test_a_file_in_the_place_of_the_folder_is_a_sentence(
    lean: ReportRecord, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(StoreError, match="could not be written") as caught:
        write_outputs(lean, {}, tmp_path / "out")
    assert caught.value.hint


def test_a_full_disk_is_a_sentence_and_leaves_the_old_file(
    lean: ReportRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_outputs(lean, {}, tmp_path / "out")
    before = (tmp_path / "out" / "report.html").read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="disk is full"):
        write_outputs(lean, {}, tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_bytes() == before
    assert not [p for p in (tmp_path / "out").rglob(".*")]
