"""Predicted against actual, in bins of held-back people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, blank, estimate, interval, named_once, where
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, number_of, numbers_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_KEYS = ("observed", "low", "high")


@chart(
    "calibration",
    "Predicted against observed risk",
    "On the dotted diagonal predictions are right on average; below it risks are predicted too "
    "high, above it too low.",
    one_file=True,
)
def risks(rows: Sequence[Row], look: Look) -> Figure:
    """Risks against the share of people with the outcome."""
    return _diagonal(rows, look, "predicted risk", "observed share")


@chart(
    "predicted_actual",
    "Predicted against actual values",
    "On the dotted diagonal predictions are right on average; below it values are predicted too "
    "high, above it too low.",
    one_file=True,
)
def values(rows: Sequence[Row], look: Look) -> Figure:
    """Predicted numbers against the mean of what was measured."""
    return _diagonal(rows, look, "predicted value", "mean of actual values")


def _diagonal(rows: Sequence[Row], look: Look, x: str, y: str) -> Figure:
    figure = blank(look, x, y, height=440)
    known = [v for row in rows for key in ("predicted", "observed", "low", "high")
             if (v := number_of(row, key)) is not None]  # fmt: skip
    both = [min(known, default=0.0), max(known, default=1.0)]
    figure.add_scatter(x=both, y=both, mode="lines", name="right on average", hoverinfo="skip",
                       line={"dash": "dot", "color": look.muted})  # fmt: skip
    for source, colour in (("real", look.ink), ("synthetic", look.of(rows[0]["candidate"]))):
        own = where(rows, source=source)
        name = f"trained on {source} rows"
        curve, bins = where(own, kind="curve"), where(own, kind="bin")
        if curve:
            figure.add_scatter(
                x=numbers_of(curve, "predicted"), y=numbers_of(curve, "observed"), mode="lines",
                name=name, line={"color": colour, "width": 2}, hoverinfo="skip",
            )  # fmt: skip
        if bins:
            said = [f"{name}: {number(r['predicted'])} predicted, {estimate(r, _KEYS)} observed, "
                    f"{number(r.get('people'))} people" for r in bins]  # fmt: skip
            figure.add_scatter(
                x=numbers_of(bins, "predicted"), y=numbers_of(bins, "observed"), mode="markers",
                name=name, marker={"color": colour, "size": 9}, error_y=interval(bins, _KEYS),
                hovertext=said, hoverinfo="text",
            )  # fmt: skip
    return named_once(figure)
