"""Distributions of the columns, real over synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, named_once, panels, unique, where
from synthcraft.tools.report.charts.look import text as label
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, number_of, numbers_of
from synthcraft.tools.report.words import percent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST = 24
_ACROSS = 2
_LETTERS = 30
"""Letters that fit under one panel."""


@chart(
    "marginals",
    "Distribution of each column",
    "Outlines are real training rows and filled bars synthetic ones, so good is a bar that fills "
    f"its outline; hatched places are withheld, and only the first {MOST} columns are drawn.",
    one_file=True,
)
def overlays(rows: Sequence[Row], look: Look) -> Figure:
    """A panel a column: a withheld share of real rows is a hatched place, never a bar."""
    columns = unique(rows, "column")[:MOST]
    down = -(-len(columns) // _ACROSS)
    figure = panels(
        look, down, _ACROSS, columns, 150 * down + 90,
        vertical_spacing=0.42 / down, horizontal_spacing=0.06,
    )  # fmt: skip
    for place, column in enumerate(columns):
        own = where(rows, column=column)
        _panel(figure, own, look, {"row": place // _ACROSS + 1, "col": place % _ACROSS + 1})
    figure.update_layout(barmode="overlay", bargap=0.08)
    figure.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    return named_once(figure)


def _panel(figure: Figure, rows: Sequence[Row], look: Look, at: dict[str, int]) -> None:
    places = list(range(len(rows)))
    said = [
        f"{label(r['value'])}: real {percent(number_of(r, 'real'))}, "
        f"synthetic {percent(number_of(r, 'synthetic'))}"
        for r in rows
    ]
    ink = {"color": "rgba(0,0,0,0)", "line": {"color": look.ink, "width": 1.5}}
    filled = {"color": look.of(rows[0]["candidate"]), "opacity": 0.75}
    for source, marker in (("synthetic", filled), ("real", ink)):
        figure.add_bar(
            x=places, y=numbers_of(rows, source), name=f"{source} rows", marker=marker,
            hovertext=said, hoverinfo="text", **at,
        )  # fmt: skip
    hidden = [i for i, row in enumerate(rows) if row["real"] is None]
    if hidden:
        known = [v for r in rows for k in ("real", "synthetic")
                 if (v := number_of(r, k)) is not None]  # fmt: skip
        pattern = {"shape": "/", "fgcolor": look.muted, "bgcolor": "rgba(0,0,0,0)"}
        figure.add_bar(
            x=hidden, y=[max(known, default=1.0)] * len(hidden), name="withheld",
            marker={"color": "rgba(0,0,0,0)", "pattern": pattern},
            hovertext=[f"{label(rows[i]['value'])}: real share withheld" for i in hidden],
            hoverinfo="text", **at,
        )  # fmt: skip
    ticks = [_tick(str(row["value"])) for row in rows]
    step = max(1, -(-len(ticks) * max(map(len, ticks)) // _LETTERS))
    figure.update_xaxes(tickvals=places[::step], ticktext=ticks[::step], tickangle=0,
                        showgrid=False, **at)  # fmt: skip


def _tick(value: str) -> str:
    """A short name of a level or a bin: of a range its lower end."""
    start = value.split(" to ")[0]
    if start.startswith("below "):
        return label("<" + start.removeprefix("below "), 9)
    return label(start.removesuffix(" or more") + "+" * start.endswith(" or more"), 9)
