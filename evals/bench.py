"""The benchmark: speed and memory, measured and printed, never asserted in a timed test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict

from synthcraft.evals.machine import Machine, this_machine
from synthcraft.graph.errors import GuardError, InputError, NotFoundError
from synthcraft.tools.provenance import utc_now

LATER = Path(__file__).parents[2] / "shared/data/nhanes/nhanes_2021_2023.csv"
"""The survey that the goals are set on; it is measured where it lies beside the repository."""
RESULTS_JSON = "results.json"
RESULTS_PAGE = "RESULTS.md"


class Line(BaseModel):
    """One quantity: every measurement of it, none where it failed, and what is asked of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    unit: str
    values: tuple[float, ...]
    below: float | None = None
    """Goal for the median; None where nothing is asked."""
    note: str = ""
    case: str = ""
    """The case that it belongs to."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.below is None or not self.values:
            return None
        return median(self.values) < self.below

    def cells(self) -> tuple[str, str, str, str, str]:
        """Name, goal, measured, met, note as text."""
        goal = "" if self.below is None else f"under {self.below:g} {self.unit}"
        measured = f"{median(self.values):.3g} {self.unit}" if self.values else "none"
        if len(self.values) > 1:
            measured += f" ({min(self.values):.3g}–{max(self.values):.3g})"
        met = {True: "yes", False: "no", None: ""}[self.met]
        return self.name, goal, measured, met, self.note


class Results(BaseModel):
    """One run of the benchmark, or of one of its cases."""

    model_config = ConfigDict(frozen=True)

    at: str
    machine: Machine
    lines: tuple[Line, ...]
    load: float | None = None
    """Load average at the end; without others at work it is near the number of busy cores."""


class Kept(BaseModel):
    """What the page shows: the last run of every case, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[Results, ...] = ()

    def with_run(self, results: Results) -> Kept:
        """The same with the cases of one run measured anew."""
        again = {line.case for line in results.lines}
        left = []
        for run in self.runs:
            if lines := tuple(line for line in run.lines if line.case not in again):
                left.append(run.model_copy(update={"lines": lines}))
        return Kept(runs=(*left, results))


HEADERS = ("what", "goal", "measured: median (min–max)", "met", "how")


def page(kept: Kept) -> str:
    """The results as Markdown, a table for each run; runs of one family stand together."""
    head = f"# Speed and memory\n\nWritten by `make bench` from `{RESULTS_JSON}`; do not edit.\n"
    families: dict[str, list[Results]] = {}
    for results in kept.runs:
        names = dict.fromkeys(family_of(line.case) for line in results.lines)
        families.setdefault(", ".join(names), []).append(results)
    return "\n".join((head, *(_section(name, runs) for name, runs in families.items())))


def family_of(case: str) -> str:
    """What a case belongs to: the part of its name before a colon, or all of it."""
    return case.split(":")[0]


def _section(name: str, runs: Sequence[Results]) -> str:
    lines = [line.cells() for results in runs for line in results.lines]
    rows = [HEADERS, tuple("---" for _ in HEADERS), *lines]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    last = runs[-1]
    after = "" if last.load is None else f", at the end {last.load:.1f}"
    when = f"on {last.at}" if len(runs) == 1 else f"from {runs[0].at} to {last.at}"
    return f"## {name}\n\nMeasured {when}: {last.machine.sentence()}{after}.\n\n{table}\n"


def read(folder: Path) -> Kept:
    """What was kept there, nothing at first.

    Raises:
        InputError: the file is not one of ours, or of another version.
    """
    path = folder / RESULTS_JSON
    try:
        return Kept.model_validate_json(path.read_bytes()) if path.exists() else Kept()
    except (OSError, ValueError):
        raise InputError(
            f"The results kept in {RESULTS_JSON} cannot be read.",
            "Leave out --only to measure everything anew, or choose another folder.",
        ) from None


def write(kept: Kept, folder: Path) -> None:
    """Keep the numbers and the page that is made of them."""
    folder.mkdir(parents=True, exist_ok=True)
    text = kept.model_dump_json(indent=1) + "\n"
    (folder / RESULTS_JSON).write_text(text, encoding="utf-8")
    again = Kept.model_validate_json(text)
    (folder / RESULTS_PAGE).write_text(page(again), encoding="utf-8")


@dataclass
class Workbench:
    """Where a case works: a folder that is thrown away, and one real table."""

    folder: Path

    @cached_property
    def table(self) -> Path:
        """Adults of NHANES 2017-2018, as in the demo."""
        from synthcraft.ui.commands.demo_data import source_file, write_table

        return write_table(source_file(), self.folder)

    @property
    def survey(self) -> tuple[Path, str]:
        """The survey of the goals where it is there, else that of the demo; and its name."""
        return (LATER, "NHANES 2021–2023") if LATER.is_file() else (self.table, "NHANES")

    def first_rows(self, rows: int) -> Path:
        """The beginning of the table."""
        lines = self.table.read_text(encoding="utf-8").splitlines()[: rows + 1]
        path = self.folder / f"nhanes_{rows}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


Case = Callable[[Workbench], Iterator[Line]]
_CASES: dict[str, Case] = {}
_LONG: set[str] = set()


def case(name: str, *, long: bool = False) -> Callable[[Case], Case]:
    """Register something to measure: a function that yields lines; long ones run only by name."""

    def register(measure: Case) -> Case:
        if name in _CASES:
            raise GuardError(f"There are two benchmarks named {name!r}.")
        _CASES[name] = measure
        if long:
            _LONG.add(name)
        return measure

    return register


def cases() -> dict[str, Case]:
    """Everything that can be measured, in the order of the page."""
    from synthcraft.evals import (  # noqa: F401  (they register)
        bench_cart,
        bench_choice,
        bench_commands,
        bench_crash,
        bench_engines,
        bench_evaluation,
        bench_house,
        bench_language,
        bench_large,
        bench_load,
        bench_model,
        bench_page,
        bench_steps,
        bench_users,
    )

    return dict(_CASES)


def run(only: str | None = None, tell: Callable[[str], None] = print) -> Iterator[Results]:
    """Measure every case that takes minutes, or those of one name or family, one after another.

    Raises:
        NotFoundError: there is no case of that name.
    """
    known = cases()
    if only is None:
        chosen = [name for name in known if name not in _LONG]
    else:
        chosen = [name for name in known if only in (name, family_of(name))]
    if not chosen:
        families = ", ".join(dict.fromkeys(family_of(name) for name in known))
        raise NotFoundError(f"There is no benchmark named {only!r}.", f"Choose one of: {families}.")
    for name in chosen:
        tell(f"Measuring: {name}")
        yield results_of(name, known[name])


def results_of(name: str, measure: Case) -> Results:
    """Measure one case in a folder that is thrown away."""
    machine = this_machine()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Workbench(Path(folder)))
        lines = tuple(line.model_copy(update={"case": name}) for line in measured)
    load = round(os.getloadavg()[0], 2)
    return Results(at=utc_now(), machine=machine, lines=lines, load=load)
