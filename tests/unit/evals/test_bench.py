"""The benchmark's arithmetic and pages; the measurements themselves are never asserted."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthcraft.evals import bench
from synthcraft.evals.bench import Kept, Line, Results, Workbench, page, write
from synthcraft.evals.machine import Machine, this_machine
from synthcraft.graph.errors import NotFoundError
from synthcraft.ui.cli import app

MACHINE = Machine(
    cpu="A processor", cores=2, memory_gb=8.0, python="3.11.7", packages={"pandas": "2"}, load=0.5
)


@pytest.mark.parametrize(
    ("values", "met"), [((9.0, 1.0, 8.9), True), ((1.0, 10.0, 10.0), False), ((9.9,), True)]
)
def test_the_median_decides_whether_a_goal_is_met(values: tuple[float, ...], met: bool) -> None:
    assert Line(name="x", unit="s", values=values, below=9.95).met is met


def test_what_has_no_goal_is_neither_met_nor_missed() -> None:
    line = Line(name="x", unit="kB", values=(3.0,))
    assert line.met is None
    assert line.cells() == ("x", "", "3 kB", "", "")


def test_the_page_says_every_goal_that_was_missed() -> None:
    slow = Line(name="Page", unit="s", values=(12.0, 11.0, 14.5), below=10.0, note="three starts")
    run = Results(at="2026-01-01T00:00:00Z", machine=MACHINE, lines=(slow,), load=1.5)
    text = page(Kept(runs=(run,)))
    assert "| Page | under 10 s | 12 s (11–14.5) | no | three starts |" in text
    assert "A processor, 2 cores, 8 GB, Python 3.11.7, pandas 2; load" in text
    assert "at the start 0.5, at the end 1.5." in text


def _run(at: str, **seconds: float) -> Results:
    lines = (Line(name=f"{n}'s", unit="s", values=(s,), case=n) for n, s in seconds.items())
    return Results(at=at, machine=MACHINE, lines=tuple(lines), load=1.5)


def test_the_page_is_made_of_the_numbers_that_are_kept(tmp_path: Path) -> None:
    results = _run("2026-01-01T00:00:00Z", help=0.1)
    write(Kept(runs=(results,)), tmp_path / "new")
    kept = Kept.model_validate_json((tmp_path / "new" / "results.json").read_bytes())
    assert kept.runs == (results,)
    assert (tmp_path / "new" / "RESULTS.md").read_text() == page(kept)


def test_one_case_is_measured_anew_beside_the_others() -> None:
    kept = Kept(runs=(_run("first", help=0.1, page=2.0),)).with_run(_run("second", page=3.0))
    kept = kept.with_run(_run("third", page=4.0))
    assert kept.runs == (_run("first", help=0.1), _run("third", page=4.0))
    assert "## help\n\nMeasured on first" in page(kept)
    assert "## page\n\nMeasured on third" in page(kept)


@pytest.mark.parametrize("text", ["", "[]", '{"lines": []}', '{"runs": [{}]}'])
def test_results_that_cannot_be_read_are_not_written_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    done = CliRunner().invoke(app, ["bench", "--only", "help", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert (tmp_path / "results.json").read_text() == text


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(workbench: Workbench) -> Iterator[Line]:
        raise AssertionError("measured for nothing")
        yield

    monkeypatch.setattr(bench, "cases", lambda: {"never": never})
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(app, ["bench", "--out", str(tmp_path / "file")])
    assert done.exit_code == 2


def test_the_machine_is_told_without_its_name() -> None:
    told = this_machine().model_dump_json()
    assert socket.gethostname() not in told
    assert str(Path.cwd()) not in told


def test_one_case_is_measured_and_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    def quick(workbench: Workbench) -> Iterator[Line]:
        assert list(workbench.folder.iterdir()) == []
        yield Line(name="quick", unit="s", values=(0.5,), below=1.0)

    def never(workbench: Workbench) -> Iterator[Line]:
        raise AssertionError("nobody asked for this one")
        yield

    monkeypatch.setattr(bench, "cases", lambda: {"never": never, "quick": quick})
    done = CliRunner().invoke(app, ["bench", "--only", "quick", "--json"])
    assert done.exit_code == 0
    (line,) = json.loads(done.stdout)["runs"][0]["lines"]
    assert (line["name"], line["values"]) == ("quick", [0.5])


def test_an_unknown_case_names_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="no benchmark named 'speed'") as error:
        list(bench.run("speed"))
    assert "steps" in error.value.hint


def test_part_of_the_results_never_replaces_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(workbench: Workbench) -> Iterator[Line]:
        yield Line(name="quick", unit="s", values=(0.5,))

    write(Kept(runs=(_run("first", help=0.1),)), tmp_path)
    monkeypatch.setattr(bench, "cases", lambda: {"quick": quick})
    done = CliRunner().invoke(app, ["bench", "--only", "quick", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    runs = Kept.model_validate_json((tmp_path / "results.json").read_bytes()).runs
    assert [line.case for run in runs for line in run.lines] == ["help", "quick"]
