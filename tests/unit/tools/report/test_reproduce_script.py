"""The script checks the data, calls the command line and compares every file."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Literal

import pytest

from synthcraft.graph.records import FurtherFit, Plan
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.reproduce import reproduce_script

DATA = b"age,outcome\n40,1\n"
FILES = {"synthetic/SYNTHETIC__bayesian_network.parquet": b"first", "synthetic/b.parquet": b"two"}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def recorded(record: ReportRecord, inputs: dict[str, str]) -> ReportRecord:
    candidates = [
        c.model_copy(update={"file": name, "sha256": sha(data)})
        for c, (name, data) in zip(record.results.candidates, FILES.items(), strict=False)
    ]
    results = record.results.model_copy(update={"candidates": candidates})
    options = ("--join-on", "SEQN")
    return record.model_copy(update={"results": results, "inputs": inputs, "run_options": options})


class Desk:
    """A folder with the data, the script and a stand-in for the command."""

    def __init__(self, folder: Path, record: ReportRecord) -> None:
        self.folder = folder
        self.table = record.results.data.sha256
        self.script = folder / "reproduce.py"
        self.script.write_text(reproduce_script(record), "utf-8")
        self.data = folder / "data.csv"
        self.data.write_bytes(DATA)
        self.command(FILES)

    def command(self, files: dict[str, bytes], code: int = 0, fits: object = ()) -> None:
        """Put a `synthcraft` on the path that notes its arguments and writes `files`.

        `fits` are the further fits of "ctgan" that it writes down.
        """
        stub = self.folder / "bin" / "synthcraft"
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(
            textwrap.dedent(f"""\
            #!{sys.executable}
            import json, pathlib, sys
            words = sys.argv[1:]
            plan = json.loads(pathlib.Path(words[words.index("--plan") + 1]).read_text("utf-8"))
            log = pathlib.Path({str(self.folder / "called.json")!r})
            log.write_text(json.dumps({{"words": words, "plan": plan}}))
            out = pathlib.Path(words[words.index("--out") + 1])
            for name, data in {files!r}.items():
                path = out / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            made = [{{"id": "ctgan", "replicates": {fits!r}}}]
            results = {{"data": {{"sha256": {self.table!r}}}, "candidates": made}}
            (out / "results.json").write_text(json.dumps(results))
            sys.exit({code})
            """)
        )
        stub.chmod(0o755)

    def run(
        self, *words: str, python: str | Path = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": str(self.folder / "bin")}
        command = [str(python), str(self.script), *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True
        )


@pytest.fixture
def desk(tmp_path: Path, record: ReportRecord) -> Desk:
    return Desk(tmp_path, recorded(record, {"data.csv": sha(DATA)}))


def test_the_recorded_plan_and_seed_are_what_runs(desk: Desk, record: ReportRecord) -> None:
    done = desk.run("data.csv", "--out", "again")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("bit-identical") == 2
    called = json.loads((desk.folder / "called.json").read_text())
    assert Plan.model_validate(called["plan"]) == record.plan
    words = called["words"]
    assert words[:2] == ["run", "data.csv"]
    assert words[words.index("--approve") + 1] == "auto"
    assert words[words.index("--seed") + 1] == "1"
    assert words[words.index("--out") + 1] == "again"
    assert words[-3:] == ["--json", "--join-on", "SEQN"]


def test_other_data_are_refused_before_anything_runs(desk: Desk) -> None:
    desk.data.write_bytes(DATA + b"41,0\n")
    done = desk.run("data.csv")
    assert done.returncode == 2
    assert "SHA-256 differs" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (desk.folder / "called.json").exists()


def test_a_missing_file_is_a_sentence(desk: Desk) -> None:
    done = desk.run("nowhere.csv")
    assert done.returncode == 2
    assert done.stderr.strip() == "There is no file nowhere.csv."


def test_a_changed_and_a_missing_synthetic_file_are_named(desk: Desk) -> None:
    desk.command({"synthetic/b.parquet": b"other"})
    done = desk.run("data.csv")
    assert done.returncode == 1
    assert "different: synthetic/b.parquet" in done.stdout
    assert "missing: synthetic/SYNTHETIC__bayesian_network.parquet" in done.stdout


def test_the_other_fits_are_compared_by_their_hashes(tmp_path: Path, record: ReportRecord) -> None:
    def fit(number: int, data: bytes, status: Literal["ok", "failed"] = "ok") -> FurtherFit:
        digest = sha(data) if status == "ok" else ""
        return FurtherFit(number=number, fit_seed=1, sample_seed=1, sha256=digest, status=status)

    fits = [fit(1, b"a"), fit(2, b"b"), fit(3, b"", "failed")]
    whole = recorded(record, {"data.csv": sha(DATA)})
    made = [
        c.model_copy(update={"replicates": fits}) if c.id == "ctgan" else c
        for c in whole.results.candidates
    ]
    results = whole.results.model_copy(update={"candidates": made})
    desk = Desk(tmp_path, whole.model_copy(update={"results": results}))
    desk.command(FILES, fits=[f.model_dump() for f in fits])
    done = desk.run("data.csv")
    assert done.returncode == 0, done.stdout
    assert "bit-identical: ctgan, fit 3" in done.stdout and "fit 4" not in done.stdout
    desk.command(FILES, fits=[fit(1, b"other").model_dump(), fit(2, b"", "failed").model_dump()])
    done = desk.run("data.csv")
    assert done.returncode == 1
    assert "different: ctgan, fit 2" in done.stdout and "missing: ctgan, fit 3" in done.stdout


def test_a_run_that_fails_is_not_a_match(desk: Desk) -> None:
    desk.command(FILES, code=3)
    done = desk.run("data.csv")
    assert done.returncode == 1
    assert "exit code 3" in done.stderr


def test_without_the_command_it_says_so(desk: Desk) -> None:
    (desk.folder / "bin" / "synthcraft").unlink()
    lonely = desk.folder / "python"  # with no command beside it
    lonely.symlink_to(sys.executable)
    done = desk.run("data.csv", python=lonely)
    assert done.returncode == 2
    assert "Install synthcraft" in done.stderr


def test_all_of_several_files_are_needed(tmp_path: Path, record: ReportRecord) -> None:
    desk = Desk(tmp_path, recorded(record, {"data.csv": sha(DATA), "b.xpt": sha(b"b")}))
    done = desk.run("data.csv")
    assert done.returncode == 2
    assert "not given: b.xpt" in done.stderr


def test_without_file_hashes_the_table_is_compared_after_the_run(
    tmp_path: Path, record: ReportRecord
) -> None:
    desk = Desk(tmp_path, recorded(record, {}))
    assert desk.run("data.csv").returncode == 0
    desk.table = "0" * 64
    desk.command(FILES)
    done = desk.run("data.csv")
    assert done.returncode == 2
    assert "not the table" in done.stderr


def test_names_never_become_code(tmp_path: Path, record: ReportRecord) -> None:
    name = "'''\"\"\"\n__import__('os').system('touch broken') #{{ 1 }}"
    assert record.plan is not None
    plan = record.plan.model_copy(update={"target": name, "sensitive": (name,)})
    results = record.results.model_copy(update={"session": name})
    desk = Desk(
        tmp_path,
        recorded(record.model_copy(update={"plan": plan, "results": results}), {name: sha(DATA)}),
    )
    assert desk.run("data.csv").returncode == 0
    assert not (tmp_path / "broken").exists()
    called = json.loads((tmp_path / "called.json").read_text())
    assert called["plan"]["target"] == name


def test_a_run_without_files_has_nothing_to_reproduce(
    tmp_path: Path, empty_record: ReportRecord
) -> None:
    done = Desk(tmp_path, empty_record).run("data.csv")
    assert done.returncode == 2
    assert "nothing to reproduce" in done.stderr
