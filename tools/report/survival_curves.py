"""Kaplan–Meier curves: how long people stay without the event, really and in synthetic rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    colours,
    numbers_of,
    short,
)
from synthcraft.tools.report.plot_data import PlotData, reason_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REAL = "real"


def curve_rows(data: Mapping[str, PlotData]) -> list[Row]:
    """The real curve once, then a curve for each file."""
    first = next((each.survival for each in data.values() if each.survival), ())
    rows: list[Row] = [{"curve": REAL, **row} for row in first if row["source"] == REAL]
    for name, each in data.items():
        rows += [{"curve": name, **row} for row in each.survival if row["source"] != REAL]
    return rows


def survival_curves(data: Mapping[str, PlotData]) -> Drawing | None:
    """Real in black, a colour for each file."""
    rows = curve_rows(data)
    if not rows:
        why = reason_of(data, "survival")
        return NotDrawn("survival", f"Survival curves cannot be drawn. {why}") if why else None
    palette = {REAL: COLOURS[-1], **colours(list(data))}

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        for name in dict.fromkeys(str(row["curve"]) for row in rows):
            own = [row for row in rows if row["curve"] == name]
            x, y = (numbers_of(own, key) for key in ("time", "share"))
            axis.step(x, y, where="post", color=palette[name], linewidth=1.6, label=short(name))
        axis.set_ylim(0, 1.02)
        axis.set_xlabel("time", color=INK)
        axis.set_ylabel("share without the event")
        axis.legend(frameon=False, fontsize=8)

    said = "; ".join(
        f"{row['curve']} at {number(row['time'])}: {number(row['share'])}" for row in rows
    )
    return Picture(
        "survival",
        Sketch(paint, (6.0, 3.6), BOTH),
        f"Share of people without the event by time (Kaplan–Meier). {said}.",
        "Kaplan–Meier curves of real training rows and of synthetic rows. Steps are drawn where "
        "ten real events or more lie between them and ten real people outlive them.",
        tuple(rows),
    )
