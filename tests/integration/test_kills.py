"""The harness of kills, small: at moments of every kind of victim nothing is lost."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from synthcraft.evals import bench_crash
from synthcraft.evals.crash.kept import Kept
from synthcraft.evals.crash.kill import Ending, Run
from synthcraft.evals.crash.moments import LATER_S, Moment, moments

ASKED = ("--use-case", "development", "--generators", "cart", "--columns", "age,sex,bmi,stroke")
NAMED = ("checkpoint:60:0:both", "fit:1:300:worker", "artefact:9:0:parent", "report:3:0:parent")


def test_a_moment_is_told_as_it_is_given() -> None:
    drawn = list(islice(moments(3, dict.fromkeys(LATER_S, 9)), 50))
    assert drawn == list(islice(moments(3, dict.fromkeys(LATER_S, 9)), 50))
    assert [Moment.read(one.words()).words() for one in drawn] == [one.words() for one in drawn]
    for wrong in ("fit", "nap:1:0:both", "fit:1:0:nobody", "fit:x:0:both"):
        with pytest.raises(ValueError):
            Moment.read(wrong)


def test_a_run_that_is_killed_loses_nothing(clinic_csv: Path, tmp_path: Path) -> None:
    run = Run(tmp_path, clinic_csv, (*ASKED, "--preset", "quick", "--tier", "quick", "--seed", "3"))
    named = [Moment.read(words) for words in NAMED]
    endings = list(bench_crash.kills(run, len(named), 0, named))
    assert [bench_crash.told(ending) for ending in endings] == [f"{m} good" for m in told(named)]
    tallies = bench_crash.tallies(endings)
    assert [tally.kind for tally in tallies] == ["checkpoint", "artefact", "fit", "report"]
    assert all(line.met for line in bench_crash.lines(endings))


def test_a_batch_that_was_ended_goes_on(tmp_path: Path) -> None:
    kept, run = Kept(tmp_path, 7), Run(tmp_path, tmp_path / "none.csv", ASKED)
    good = Ending(Moment.read(NAMED[0]), *[True] * 6)
    for ending in (Ending(Moment.read(NAMED[1])), good, good):
        kept.add(ending)
    with (tmp_path / "kills-7.jsonl").open("a") as file:
        file.write('{"moment": "fit')
    assert kept.read()[1:] == [good, good]
    assert list(bench_crash.kills(run, 2, 7)) == [good, good]


def told(named: list[Moment]) -> list[str]:
    """Their words."""
    return [moment.words() for moment in named]


def test_what_was_lost_is_named() -> None:
    lost = Ending(Moment.read(NAMED[0]), True, recovered=True, kept=True, audit=True, clean=True)
    (tally,) = bench_crash.tallies([lost])
    line = bench_crash.line(tally)
    assert line.met is False and line.note.endswith("checkpoint:60:0.0:both other bytes")
