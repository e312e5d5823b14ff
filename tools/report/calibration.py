"""Predicted against actual: risks, or a predicted number, in bins of held-back people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    MUTED,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    number_of,
    numbers_of,
    short,
)
from synthcraft.tools.report.plot_data import PlotData, reason_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACROSS = 3
_TINTS = {"real": INK, "synthetic": COLOURS[0]}
_WORDS = {"risk": ("predicted risk", "observed share"),
          "number": ("predicted value", "mean of actual values")}  # fmt: skip


def calibration_rows(data: Mapping[str, PlotData]) -> list[Row]:
    """A line for each file, model and bin or place on a curve; a bin of under ten is left out."""
    return [
        {"candidate": name, **row}
        for name, each in data.items()
        for row in each.calibration
        if row.get("kind") == "curve" or (number_of(row, "people") or 0) >= MIN_CELL
    ]


def calibration(data: Mapping[str, PlotData]) -> Drawing | None:
    """A panel a file: the model of real rows in black, that of synthetic rows in blue."""
    rows = calibration_rows(data)
    if not rows:
        why = reason_of(data, "calibration")
        return NotDrawn("calibration", f"Calibration cannot be drawn. {why}") if why else None
    names = [n for n in data if any(row["candidate"] == n for row in rows)]
    outcome = data[names[0]].outcome
    down, across = -(-len(names) // _ACROSS), min(len(names), _ACROSS)
    limits = _limits(rows)

    def paint(figure: Figure) -> None:
        axes = list(figure.subplots(down, across, squeeze=False).flat)
        for axis, name in zip(axes, names, strict=False):
            _panel(axis, [r for r in rows if r["candidate"] == name], limits)
            axis.set_title(short(name), loc="left", fontsize=9)
            axis.set_xlabel(_WORDS[outcome][0])
        for axis in axes[len(names) :]:
            axis.set_axis_off()
        axes[0].set_ylabel(_WORDS[outcome][1])
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=3, frameon=False, fontsize=8)

    said = "; ".join(
        f"{r['candidate']}, {r['source']}: {number(r['predicted'])} predicted, "
        f"{number(r['observed'])} observed"
        for r in rows
        if r["kind"] == "bin"
    )
    line = "" if outcome == "number" else " Lines are logistic recalibrations, over the middle "
    line += "" if outcome == "number" else "90 % of predicted risks."
    return Picture(
        "predicted_actual" if outcome == "number" else "calibration",
        Sketch(paint, (min(8.2, 3.6 * across + 0.6), 3.2 * down + 0.6), BOTH),
        f"Calibration on held-back people. {said or 'No bin holds enough people to be shown'}.",
        "What models trained on real and on synthetic rows predict for held-back people, against "
        "what happened, with 95 % intervals. On the diagonal predictions are right on average. "
        f"Bins are merged until each has ten people of either outcome.{line}",
        tuple(rows),
    )


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    known = [v for row in rows for k in ("predicted", "observed", "low", "high")
             if (v := number_of(row, k)) is not None]  # fmt: skip
    room = 0.04 * ((max(known) - min(known)) or 1.0)
    return min(known) - room, max(known) + room


def _panel(axis: Axes, rows: Sequence[Row], limits: tuple[float, float]) -> None:
    axis.plot(limits, limits, color=MUTED, linewidth=1, linestyle=":", label="right on average")
    for source, colour in _TINTS.items():
        own = [row for row in rows if row["source"] == source]
        label = f"trained on {source} rows"
        curve = [row for row in own if row["kind"] == "curve"]
        bins = [row for row in own if row["kind"] == "bin"]
        x, y = (numbers_of(curve, key) for key in ("predicted", "observed"))
        if curve:
            axis.plot(x, y, color=colour, linewidth=1.6, label=label)
        low, high = (numbers_of(bins, key) for key in ("low", "high"))
        axis.vlines(numbers_of(bins, "predicted"), low, high, color=colour, linewidth=1)
        x, y = (numbers_of(bins, key) for key in ("predicted", "observed"))
        if bins:
            axis.plot(x, y, "o", color=colour, markersize=5, label=None if curve else label)
    axis.set_xlim(limits)
    axis.set_ylim(limits)
