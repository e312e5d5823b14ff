"""Forest plot of a regression: its real and its synthetic estimates, term by term."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

from synthcraft.tools.report.figure import (
    BOTH,
    INK,
    MUTED,
    RULE,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    colours,
    number_of,
    short,
    whisker,
)
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METRIC = "inference.ci_overlap"
COEFFICIENT = "coefficient (log odds, log hazard or mean difference)"
RATIOS = {"classification": "odds ratio", "survival": "hazard ratio"}
_MOST_TERMS = 24
_KEYS = ("estimate", "low", "high")


def coefficient_rows(results: Sequence[Result], task: str | None = None) -> list[Row]:
    """A line for each term, file and source; ratios where the task has them, else coefficients."""
    rows: list[Row] = []
    for result in results:
        if result.metric_id != METRIC:
            continue
        term = ": ".join(part for part in (result.column, result.group) if part)
        for source in ("real", "synthetic"):
            numbers = result.estimates.get(source)
            if numbers is None or None in numbers:
                continue
            shown = [exp(min(v or 0.0, 700.0)) if task in RATIOS else v for v in numbers]
            row: Row = {"candidate": result.candidate, "term": term, "source": source}
            row["scale"] = RATIOS.get(task or "", COEFFICIENT)
            row |= dict(zip(_KEYS, shown, strict=True))
            rows.append(row | {"overlap": result.value if source == "synthetic" else None})
    return rows


def coefficients(
    results: Sequence[Result], names: Sequence[str], task: str | None = None
) -> Drawing | None:
    """Every term with the real estimate in black above those of the synthetic files."""
    own = [r for r in results if r.metric_id == METRIC and r.whole]
    rows = coefficient_rows(results, task)
    if not rows:
        why = next((r.message for r in own if r.message), "")
        return NotDrawn("coefficients", f"No coefficient can be drawn. {why}") if own else None
    terms = list(dict.fromkeys(str(row["term"]) for row in rows))
    shown = terms[:_MOST_TERMS]
    lines = [_lines(rows, term) for term in shown]
    scale = str(rows[0]["scale"])

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        _forest(axis, lines, colours(names))
        axis.set_yticks([_place(lines, i) for i in range(len(shown))], [short(t) for t in shown])
        axis.axvline(1.0 if task in RATIOS else 0.0, color=MUTED, linewidth=1)
        if task in RATIOS:
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.xaxis.set_minor_formatter(lambda value, _: "")
        axis.set_xlabel(f"{scale}; numeric terms per real SD")
        axis.margins(x=0.12)
        _legend(figure, rows, colours(names))

    left = len(terms) - len(shown)
    rest = f" {left} further terms are in the table of this figure." if left else ""
    said = "; ".join(
        f"{row['term']}, {row['candidate']}: overlap {number(row['overlap'], 2)}"
        for term in lines
        for row in term
        if row["source"] == "synthetic"
    )
    return Picture(
        "coefficients",
        Sketch(paint, (8.2, 0.2 * sum(map(len, lines)) + 0.12 * len(lines) + 1.1), BOTH),
        f"Estimates of the regression on real and on synthetic rows. {said}.",
        f"The regression on real rows (black) and on each synthetic file: {scale} by term, with "
        "95 % intervals. At the "
        "right the overlap of both intervals (1: the same; below 0: apart; “CIO” in the "
        f"literature).{rest}",
        tuple(rows),
    )


def _lines(rows: Sequence[Row], term: str) -> list[Row]:
    """The lines of one term: the real estimate once, then the files."""
    own = [row for row in rows if row["term"] == term]
    real = [row for row in own if row["source"] == "real"][:1]
    return real + [row for row in own if row["source"] == "synthetic"]


def _place(lines: Sequence[Sequence[Row]], index: int, line: float | None = None) -> float:
    """Height of a line; by default the middle of its term."""
    start = sum(len(each) + 0.8 for each in lines[:index])
    return start + ((len(lines[index]) - 1) / 2 if line is None else line)


def _forest(axis: Axes, lines: Sequence[Sequence[Row]], tint: dict[str, str]) -> None:
    for i, term in enumerate(lines):
        for j, row in enumerate(term):
            place = _place(lines, i, j)
            synthetic = row["source"] == "synthetic"
            whisker(axis, place, row, _KEYS, tint.get(str(row["candidate"]), MUTED) if synthetic
                    else INK)  # fmt: skip
            if synthetic:
                axis.annotate(
                    number(number_of(row, "overlap"), 2), (1, place), (4, 0),
                    xycoords=("axes fraction", "data"), textcoords="offset points",
                    va="center", fontsize=7, color=MUTED,
                )  # fmt: skip
        axis.axhline(_place(lines, i, len(term) - 0.1), color=RULE, linewidth=0.6)
    axis.set_ylim(_place(lines, len(lines) - 1, len(lines[-1]) - 0.2), -0.7)


def _legend(figure: Figure, rows: Sequence[Row], tint: dict[str, str]) -> None:
    from matplotlib.lines import Line2D

    present = [n for n in tint if any(row["candidate"] == n for row in rows)]
    marks = [Line2D([], [], marker="o", color=c) for c in (INK, *(tint[n] for n in present))]
    figure.legend(
        marks,
        ["real rows", *(short(n) for n in present)],
        loc="outside upper center",
        ncols=min(5, len(marks)),
        frameon=False,
        fontsize=8,
    )
