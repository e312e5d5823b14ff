"""Kills at many moments of a real run: what was recovered, and whether it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.crash.kept import Kept
from synthcraft.evals.crash.kill import Ending, Run, killed, undisturbed
from synthcraft.evals.crash.moments import LATER_S, VICTIMS, Moment, moments

KILLS, SEED = 100, 0
ASKED = (
    *("--target", "heart_attack", "--use-case", "development", "--seed", "1"),
    *("--generators", "cart", "--preset", "quick", "--tier", "quick"),
)
HEADERS = (
    *("killed during", "kills", "recovered", "same bytes", "jobs kept", "audit ok", "clean"),
    "whom",
)
_SPARE = 3
"""Moments drawn for one kill: now and then a run ends before its moment comes."""


class Tally(NamedTuple):
    """What came of the kills of one kind."""

    kind: str
    endings: tuple[Ending, ...]

    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        found = self.endings
        marks = ("recovered", "same", "kept", "audit", "clean")
        counts = [sum(getattr(ending, mark) for ending in found) for mark in marks]
        victims = [ending.moment.victim for ending in found]
        whom = ", ".join(f"{each} {n}" for each in VICTIMS if (n := victims.count(each)))
        return self.kind, *(str(n) for n in (len(found), *counts)), whom

    @property
    def failures(self) -> tuple[Ending, ...]:
        """Those in which something was lost."""
        return tuple(ending for ending in self.endings if not ending.good)


def silent(text: str) -> None:
    """Nobody listens."""


def kills(
    run: Run,
    count: int,
    seed: int,
    only: Sequence[Moment] = (),
    tell: Callable[[str], None] = silent,
) -> Iterator[Ending]:
    """Kill `count` times at moments drawn from a seed, or at those that are named.

    Kills of the same seed that were made in the same folder before are not made again.
    """
    kept = Kept(run.folder, seed)
    before = [] if only else kept.read()
    left = count - sum(ending.hit for ending in before)
    yield from [ending for ending in before if ending.hit][:count]
    if left <= 0:
        return
    whole = undisturbed(run)
    drawn = enumerate(only or islice(moments(seed, whole.happened), _SPARE * count), start=1)
    for number, moment in islice(drawn, len(before), None):
        ending = killed(run, whole, moment, f"kill{number}")
        tell(f"{number} {told(ending)}")
        if not only:
            kept.add(ending)
        if ending.hit:
            left -= 1
            yield ending
        if not left:
            return


def told(ending: Ending) -> str:
    """One kill in a line: the moment, and what was lost."""
    marks = {
        "not reached": ending.hit,
        "not recovered": ending.recovered,
        "other bytes": ending.same,
        "a job done twice": ending.kept,
        "audit log broken": ending.audit,
        "something left over": ending.clean,
    }
    lost = [words for words, good in marks.items() if not good]
    shown = "good" if not lost else lost[0] if not ending.hit else ", ".join(lost)
    return " ".join(filter(None, (ending.moment.words(), shown, ending.said)))


def tallies(endings: Iterable[Ending]) -> list[Tally]:
    """The kills by kind, in the order of a run."""
    found = list(endings)
    by_kind = (
        Tally(kind, tuple(ending for ending in found if ending.moment.kind == kind))
        for kind in LATER_S
    )
    return [tally for tally in by_kind if tally.endings]


def line(tally: Tally) -> Line:
    """The kills of one kind as a quantity of the benchmark: how many lost something."""
    _, number, recovered, same, kept, audit, clean, whom = tally.cells()
    note = (
        f"{number} kills ({whom}): {recovered} recovered, {same} same bytes, "
        f"{kept} without repeating a finished job, {audit} audit logs verify, "
        f"{clean} clean after `doctor --repair`"
    )
    lost = "; ".join(told(ending) for ending in tally.failures)
    return Line(
        name=f"Killed during: {tally.kind}",
        unit="lost",
        values=(float(len(tally.failures)),),
        below=1.0,
        note=f"{note}; {lost}" if lost else note,
        case="crash",
    )


def lines(endings: Iterable[Ending]) -> list[Line]:
    """The kills as the benchmark keeps them."""
    return [line(tally) for tally in tallies(endings)]


def of(bench: Workbench, folder: Path | None = None) -> Run:
    """The run that is killed: the survey where it is there, else the table of the demo.

    It works in a folder of its own, or where it is told to.
    """
    table, _ = bench.survey
    return Run(folder or bench.folder, table, ASKED)


@case("crash", long=True)
def crash(bench: Workbench) -> Iterator[Line]:
    """A run on the survey is killed a hundred times; goal: nothing is ever lost."""
    yield from lines(kills(of(bench), KILLS, SEED))
