"""A regression, term by term: its real and its synthetic estimates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import (
    Look,
    blank,
    estimate,
    interval,
    log_axis,
    text,
    unique,
    where,
)
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.coefficients import RATIOS
from synthcraft.tools.report.figure import Row, numbers_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_KEYS = ("estimate", "low", "high")


@chart(
    "coefficients",
    "Estimates of the regression",
    "Each term once on real rows and once on each synthetic file with 95 % intervals: good is a "
    "synthetic interval that lies on the real one.",
)
def forest(rows: Sequence[Row], look: Look) -> Figure:
    """The real estimate once a term, above those of the files; ratios on a log axis."""
    terms, names = unique(rows, "term"), unique(rows, "candidate")
    step = 1 / (len(names) + 2)
    scale = str(rows[0]["scale"])
    height = (18 * len(names) + 26) * len(terms) + 130
    figure = blank(look, f"{scale}, numeric terms per real SD", height=height)
    figure.add_vline(1.0 if scale in RATIOS.values() else 0.0,
                     line={"color": look.muted, "width": 1})  # fmt: skip
    place = {term: i for i, term in enumerate(terms)}
    lines = [("real rows", look.ink, _real(rows)), *(
        (text(name), look.of(name), where(rows, candidate=name, source="synthetic"))
        for name in names
    )]  # fmt: skip
    for line, (name, colour, own) in enumerate(lines):
        figure.add_scatter(
            x=numbers_of(own, "estimate"),
            y=[place[str(r["term"])] + step * (line - len(names) / 2) for r in own],
            mode="markers", name=name, marker={"color": colour, "size": 9},
            error_x=interval(own, _KEYS), hovertext=[_said(row, name) for row in own],
            hoverinfo="text",
        )  # fmt: skip
    if scale in RATIOS.values():
        log_axis(figure, (v for key in _KEYS for v in numbers_of(rows, key)))
    figure.update_yaxes(tickvals=list(range(len(terms))), ticktext=[text(t, 22) for t in terms],
                        range=[len(terms) - 0.5, -0.5], showgrid=False)  # fmt: skip
    return figure


def _real(rows: Sequence[Row]) -> list[Row]:
    """The real estimates, which stand beside every file, once a term."""
    return list({str(row["term"]): row for row in where(rows, source="real")}.values())


def _said(row: Row, name: str) -> str:
    said = f"{text(row['term'])}, {name}: {estimate(row, _KEYS)}"
    if row["source"] == "real":
        return said
    return f"{said}. Overlap {number(row['overlap'])}: 1 is the same as real, under 0 is apart"
