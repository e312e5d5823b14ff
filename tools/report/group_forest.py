"""Prediction in each group of people: both models, and what is lost between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    MUTED,
    RULE,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    number_of,
    short,
    whisker,
)
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCORE, LOSS = "subgroup.performance", "fairness.worst_delta"
STABLE_EVENTS = 50
NOT_ASSESSED, UNSTABLE = "cannot be assessed", "unstable"
_MOST_LINES = 40
_PALE = "#b9c1c9"


def group_rows(results: Sequence[Result]) -> list[Row]:
    """A line for each file and group; groups that are too small stay, with empty numbers."""
    lost = {_key(r): r for r in results if r.metric_id == LOSS and r.group}
    rows: list[Row] = []
    for result in (r for r in results if r.metric_id == SCORE and r.group):
        loss = lost.get(_key(result))
        row: Row = {"candidate": result.candidate, "column": result.column, "group": result.group}
        row |= {"people": _count(result.n_real), "events": _count(result.events)}
        for source in ("real", "synthetic"):
            numbers = result.estimates.get(source, (None, None, None))
            row |= dict(zip(ends(source), numbers, strict=True))
        delta = (loss.value, loss.ci_low, loss.ci_high) if loss else (None, None, None)
        row |= dict(zip(ends("difference"), delta, strict=True))
        rows.append(row | {"state": _state(result), "note": result.message})
    return rows


def ends(name: str) -> tuple[str, str, str]:
    """Columns of an estimate and its interval."""
    return name, f"{name}_low", f"{name}_high"


def _key(result: Result) -> tuple[str, str | None, str | None]:
    return result.candidate, result.column, result.group


def _count(count: int | None) -> int | None:
    return count if count is not None and count >= MIN_CELL else None


def _state(result: Result) -> str:
    if result.value is None:
        return NOT_ASSESSED
    few = result.events is not None and result.events < STABLE_EVENTS
    return UNSTABLE if few or result.message.startswith("Unstable") else "assessed"


def group_forest(results: Sequence[Result], names: Sequence[str]) -> Drawing | None:
    """Left: performance of both models in each group. Right: their difference."""
    rows = group_rows(results)
    if not any(row["state"] != NOT_ASSESSED for row in rows):
        own = [r for r in results if r.metric_id == SCORE and not r.group]
        why = next((r.message for r in own if r.message), "")
        return NotDrawn("groups", f"No group's prediction can be drawn. {why}") if own else None
    several = len({row["candidate"] for row in rows}) > 1
    shown = rows[:_MOST_LINES]

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.15, 1))
        for place, row in enumerate(shown):
            _line(left, right, place, row)
        left.set_yticks(range(len(shown)), [_label(row, several) for row in shown])
        left.tick_params(axis="y", labelsize=8, length=0)
        right.tick_params(axis="y", length=0)
        left.set_ylim(len(shown) - 0.4, -0.6)
        left.set_title("AUC, or R2 of a number", fontsize=9, loc="left")
        right.set_title("synthetic minus real", fontsize=9, loc="left")
        right.axvline(0, color=MUTED, linewidth=1)
        right.axvline(-0.05, color=MUTED, linewidth=1, linestyle=":")
        for axis in (left, right):
            axis.margins(x=0.1)
        _legend(figure)

    left_out = len(rows) - len(shown)
    rest = f" {left_out} further lines are in the table of this figure." if left_out else ""
    return Picture(
        "groups",
        Sketch(paint, (8.2, 0.3 * len(shown) + 1.2), BOTH),
        f"Prediction by group. {'; '.join(map(_spoken, shown))}.",
        "Prediction in each group of held-back people by the model trained on real and on "
        "synthetic rows, with 95 % intervals and rounded numbers of events. Pale: under "
        f"{STABLE_EVENTS} events, so the number is unstable. Dotted: a loss of 0.05.{rest}",
        tuple(rows),
    )


def _line(left: Axes, right: Axes, place: int, row: Row) -> None:
    if row["state"] == NOT_ASSESSED:
        left.annotate(
            "cannot be assessed: too few people", (0, place), (6, 0), va="center", fontsize=7.5,
            xycoords=("axes fraction", "data"), textcoords="offset points", color=MUTED,
        )  # fmt: skip
        return
    pale = row["state"] == UNSTABLE
    whisker(left, place - 0.14, row, ends("real"), _PALE if pale else INK)
    whisker(left, place + 0.14, row, ends("synthetic"), "#9fc6df" if pale else COLOURS[0])
    whisker(right, place, row, ends("difference"), _PALE if pale else INK)
    for axis in (left, right):
        axis.axhline(place + 0.5, color=RULE, linewidth=0.5)


def _label(row: Row, several: bool) -> str:
    events = "" if row["events"] is None else f" ({number(row['events'])})"
    name = f"{short(row['column'], 14)}: {short(row['group'], 22)}{events}"
    return f"{short(row['candidate'], 16)} · {name}" if several else name


def _spoken(row: Row) -> str:
    loss = number_of(row, "difference")
    said = str(row["state"]) if loss is None else f"difference {number(loss)}"
    return f"{row['candidate']}, {row['column']} {row['group']}: {said}"


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    marks = [Line2D([], [], marker="o", color=c) for c in (INK, COLOURS[0])]
    words = ["trained on real rows", "trained on synthetic rows"]
    figure.legend(marks, words, loc="outside upper center", ncols=2, frameon=False, fontsize=8)
