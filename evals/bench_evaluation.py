"""What an evaluation costs: on the survey, beside synthcity's, and as tables grow."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from statistics import median

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.evals.evaluation_cost import (
    FAMILIES,
    MATCHED,
    WHOLE,
    Cost,
    Size,
    apart,
    ours,
    synthcity,
)

SURVEY: Size = (2924, 7)
GROWTH: tuple[Size, ...] = ((3_000, 10), (10_000, 10), (30_000, 10), (100_000, 10))
WIDE: Size = (50_000, 30)
ROUNDS = 2
SEARCHES = ("privacy_metrics",)
"""Families that look for neighbours among all rows."""
Metrics = dict[str, list[str]]
_CORE = "processor seconds on one core, no imports"


@case("evaluation")
def evaluation(bench: Workbench) -> Iterator[Line]:
    """Ours and theirs in turn, so that whoever else is at work slows both."""
    mine, theirs = [], []
    for number in range(ROUNDS):
        mine.append(apart(ours, bench.table, SURVEY, False))
        theirs.append(_theirs(bench, MATCHED, f"matched_{number}"))
    whole = _theirs(bench, WHOLE, "whole")
    table = f"NHANES adults, {_named(SURVEY)}"
    seconds = tuple(cost.seconds for cost in mine)
    note = f"{table}; standard tier, 1,000 resamples; {mine[0].numbers} results; {_CORE}"
    yield Line(name="Evaluation of a file", unit="s", values=seconds, below=60.0, note=note)
    for family in FAMILIES:
        values = tuple(cost.families[family] for cost in mine)
        yield Line(name=f"Evaluation of a file, {family}", unit="s", values=values)
    yield from _beside(mine, theirs, MATCHED, "the metrics that we have too")
    yield from _beside(mine, [whole], WHOLE, "the same families")


def _theirs(bench: Workbench, metrics: Metrics, folder: str) -> Cost:
    return apart(synthcity, bench.table, SURVEY, bench.folder / folder, metrics)


def _beside(mine: list[Cost], theirs: list[Cost], metrics: Metrics, which: str) -> Iterator[Line]:
    """What some of synthcity's metrics cost, and how often it could do ours in that time."""
    names = [name for family in metrics.values() for name in family]
    lost = theirs[0].failed
    yield Line(
        name=f"synthcity's evaluation of that file, {which}",
        unit="s",
        values=tuple(cost.seconds for cost in theirs),
        note=f"{len(names)} metrics, {lost} of them without a number: {', '.join(names)}",
    )
    yield Line(
        name=f"Our seconds for each of synthcity's, {which}",
        unit="s",
        values=tuple(m.seconds / t.seconds for m, t in zip(mine, theirs, strict=False)),
        below=0.1,
        note="run in turn",
    )


@case("evaluation_growth")
def growth(bench: Workbench) -> Iterator[Line]:
    """The standard tier on ever more rows."""
    yield from _growth({size: apart(ours, bench.table, size, True) for size in GROWTH})


@case("evaluation_wide")
def wide_table(bench: Workbench) -> Iterator[Line]:
    """The standard tier on a large table."""
    wide = apart(ours, bench.table, WIDE, True)
    note = f"{_CORE}; {wide.numbers} results, {wide.failed} of them errors"
    yield Line(name=f"Evaluation, {_named(WIDE)}", unit="s", values=(wide.seconds,), note=note)
    yield Line(
        name=f"Evaluation, {_named(WIDE)}, peak memory",
        unit="MB",
        values=(wide.peak_mb,),
        below=16_000.0,
        note="high-water mark of its process",
    )


def _growth(costs: dict[Size, Cost]) -> Iterator[Line]:
    """Seconds of each size, and the power of the rows that each family grows with."""
    for size, cost in costs.items():
        each = ", ".join(f"{family} {cost.families[family]:.3g}" for family in FAMILIES)
        yield Line(name=f"Evaluation, {_named(size)}", unit="s", values=(cost.seconds,), note=each)
    steps = list(zip(costs, list(costs)[1:], strict=False))
    allowed = median(_n_log_n(first[0], then[0]) for first, then in steps)
    for family in FAMILIES:
        values = tuple(
            exponent(a, b, costs[a].families[family], costs[b].families[family]) for a, b in steps
        )
        searches = family in SEARCHES
        yield Line(
            name=f"Growth with the rows, {family}",
            unit="",
            values=values,
            below=None if searches else round(allowed, 2),
            note="neighbour searches" if searches else "exponent; the goal is that of n log n",
        )


def exponent(first: Size, then: Size, before: float, after: float) -> float:
    """The power of the number of rows that the seconds grew with from one size to the next."""
    return log(after / before) / log(then[0] / first[0])


def _n_log_n(first: int, then: int) -> float:
    """The same for n log n."""
    return 1 + log(log(then) / log(first)) / log(then / first)


def _named(size: Size) -> str:
    return f"{size[0]:,} × {size[1]}"
