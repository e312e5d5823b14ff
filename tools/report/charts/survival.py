"""Kaplan–Meier curves, real and synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, blank, text, unique, where
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, numbers_of
from synthcraft.tools.report.survival_curves import REAL
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@chart(
    "survival",
    "Survival curves",
    "Each curve is the share of people without the event by time: good is a synthetic curve that "
    "follows the real one.",
)
def curves(rows: Sequence[Row], look: Look) -> Figure:
    """The real curve in ink, a colour for each file."""
    figure = blank(look, "time", "share without the event")
    for name in unique(rows, "curve"):
        own = where(rows, curve=name)
        figure.add_scatter(
            x=numbers_of(own, "time"), y=numbers_of(own, "share"), mode="lines",
            name=f"{text(name)} rows" if name == REAL else text(name),
            line={"color": look.ink if name == REAL else look.of(name), "shape": "hv"},
            hovertext=[f"{text(name)}, time {number(r['time'])}: {number(r['share'])}"
                       for r in own], hoverinfo="text",
        )  # fmt: skip
    figure.update_yaxes(range=[0, 1.02])
    return figure
