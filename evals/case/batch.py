"""A whole case study: fits, then analyses, within a time limit; a second call goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from synthcraft.evals.case import steps
from synthcraft.evals.case.clock import Clock
from synthcraft.evals.case.execute import execute
from synthcraft.evals.case.ground import Ground
from synthcraft.evals.case.protocol import MODES, Protocol
from synthcraft.evals.case.records import Done
from synthcraft.evals.case.steps import Asked, Step
from synthcraft.tools.compare.evaluate import Workplace
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.job_records import finished
from synthcraft.tools.report.words import duration

Made = dict[Mode, dict[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Setup:
    """What is asked, on which ground."""

    case: Protocol
    ground: Ground
    asked: Asked
    engines: tuple[str, ...]
    minutes: float | None = None

    def fits(self) -> Iterator[tuple[str, Step]]:
        """Every engine's first fit comes before any second one: a short limit has all of them."""
        if self.case.of_tables:
            for mode in MODES:
                for number in range(1 if mode == "paper" else self.asked.fits):
                    for engine in self.engines:
                        yield engine, steps.fit(self.ground, self.asked, engine, mode, number)

    def of_tables(self, made: Made) -> Iterator[Step]:
        """Analyses of what was made; they are cheap."""
        for mode in MODES:
            for procedure in self.case.of_tables if made[mode] else ():
                yield steps.of_tables(self.ground, self.asked, procedure, mode, made[mode])

    def of_engines(self) -> Iterator[Step]:
        """Analyses that fit an engine themselves."""
        for mode in MODES:
            for procedure in self.case.of_engines:
                for engine in self.engines:
                    yield steps.of_engine(
                        self.ground, self.asked, procedure, mode, engine, self.case.folds
                    )


@dataclass
class Found:
    """What came of it: every step's record, and by mode the answers of the analyses.

    An answer's `about` is the engine, or the analysis where it is of all engines.
    """

    done: list[Done] = field(default_factory=list)
    answers: dict[Mode, list[dict[str, Any]]] = field(
        default_factory=lambda: {mode: [] for mode in MODES}
    )
    made: Made = field(default_factory=lambda: {mode: {} for mode in MODES})


def expectation(setup: Setup, place: Workplace) -> str:
    """The predicted time, by engine, of what is not there yet."""
    left: dict[str, float] = dict.fromkeys(setup.engines, 0.0)
    for step in (*(step for _, step in setup.fits()), *setup.of_engines()):
        if finished(place.home, place.store, step.spec.key) is None:
            left[step.about] += step.seconds
    said = ", ".join(f"{name} {duration(round(seconds))}" for name, seconds in left.items())
    total = duration(round(sum(left.values())))
    limit = "" if setup.minutes is None else f"; the limit is {setup.minutes:g} minutes"
    return f"Predicted on a quiet core: {total} ({said}){limit}."


async def run(setup: Setup, place: Workplace) -> Found:
    """Every step that the time limit admits."""
    found, clock = Found(), Clock(setup.minutes)
    place.tell(expectation(setup, place))
    for engine, step in setup.fits():
        record, result = await execute(step, place, clock)
        found.done.append(record)
        if result is not None:
            tables = found.made[step.mode]
            tables[engine] = (*tables.get(engine, ()), result.outputs["synthetic"].sha256)
    unlimited = Clock(None)  # what was made is looked at, however late it is
    looks = ((step, unlimited) for step in setup.of_tables(found.made))
    for step, limit in (*looks, *((step, clock) for step in setup.of_engines())):
        record, result = await execute(step, place, limit)
        found.done.append(record)
        if result is not None:
            answer = place.store.read_json(result.outputs["answer"].sha256)
            found.answers[step.mode].append(answer | {"about": step.about})
    return found
