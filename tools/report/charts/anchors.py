"""Measures on a line each, between their anchors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import (
    Look,
    estimate,
    interval,
    named_once,
    panels,
    text,
    unique,
    where,
)
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, number_of, numbers_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_KEYS = ("value", "low", "high")
_ANCHORS = {
    "A0": ("floor: no information", "x-thin"),
    "A1": ("fresh real rows", "diamond-open"),
    "A2": ("memorised rows", "square-open"),
}


@chart(
    "utility",
    "Prediction from synthetic rows",
    "Each line has its own scale: a file should lie near the diamond, which is the same model "
    "trained on real rows, and away from the cross, which knows nothing.",
)
@chart(
    "anchors",
    "Headline measures",
    "Each line has its own scale: a file should lie near the diamond of fresh real rows, away "
    "from the cross, which knows nothing, and from the square of memorised rows.",
)
def strips(rows: Sequence[Row], look: Look) -> Figure:
    """Anchors in grey, files in their colours with intervals as bars."""
    measures = unique(rows, "measure")
    figure = panels(
        look, len(measures), 1, measures, 84 * len(measures) + 90,
        vertical_spacing=0.55 / len(measures),
    )  # fmt: skip
    for line, measure in enumerate(measures, 1):
        own = where(rows, measure=measure)
        _anchors(figure, line, own[0], look)
        for place, row in enumerate(own):
            figure.add_scatter(
                x=numbers_of([row], "value"), y=[0.35 * ((len(own) - 1) / 2 - place)],
                mode="markers", marker={"color": look.of(row["candidate"]), "size": 10},
                error_x=interval([row], _KEYS), name=text(row["candidate"]), hoverinfo="text",
                hovertext=f"{text(row['candidate'])}: {estimate(row, _KEYS)}", row=line, col=1,
            )  # fmt: skip
        reach = max(1.0, 0.2 * len(own) + 0.3)
        figure.update_yaxes(range=[-reach, reach], showticklabels=False, showgrid=False,
                            row=line, col=1)  # fmt: skip
    return named_once(figure)


def _anchors(figure: Figure, line: int, row: Row, look: Look) -> None:
    for key, (words, symbol) in _ANCHORS.items():
        value = number_of(row, key)
        if value is not None:
            figure.add_scatter(
                x=[value], y=[0], mode="markers", name=words, hoverinfo="text",
                marker={"symbol": symbol, "color": look.muted, "size": 11,
                        "line": {"width": 2, "color": look.muted}},
                hovertext=f"{words}: {number(value)}", row=line, col=1,
            )  # fmt: skip
