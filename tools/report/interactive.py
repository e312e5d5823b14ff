"""Figures for the page: the tables of the report's figures, drawn so that a reader can ask them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from synthcraft.tools.report.figure import COLOURS, Picture, Row, colours, numbers_of, short
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FONT = "system-ui, 'DejaVu Sans', sans-serif"
GREY = "#8a949e"
"""Readable on white and on black, so that one figure serves both themes."""
Chart = Callable[[Sequence[Row]], "Figure"]


def interactive(picture: Picture) -> Figure | None:
    """The twin of a figure, from the same table; None where the page has no twin of it."""
    chart = CHARTS.get(picture.name.split("__")[0])
    return chart(picture.rows) if chart else None


def _text(value: object) -> str:
    """A name as text: plotly reads tags in labels."""
    return escape(short(value, 60), quote=False)


def _empty(x: str = "", y: str = "") -> Figure:
    """A figure without traces, transparent, in the fonts of the report."""
    import plotly.graph_objects as go

    axis = {"gridcolor": "rgba(138,148,158,0.25)", "zeroline": False, "automargin": True}
    return go.Figure(
        layout={
            "template": "none", "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "color": GREY, "size": 12}, "margin": {"t": 40, "r": 16},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "xaxis": {**axis, "title": _text(x)}, "yaxis": {**axis, "title": _text(y)},
        }
    )  # fmt: skip


def _bars(rows: Sequence[Row], middle: str, low: str, high: str) -> dict[str, Any]:
    """Intervals as error bars; a missing end draws none."""
    parts = (numbers_of(rows, key) for key in (middle, low, high))
    pairs = [(m - a, b - m) for m, a, b in zip(*parts, strict=True)]
    below, above = [a for a, _ in pairs], [b for _, b in pairs]
    return {"array": above, "arrayminus": below, "symmetric": False, "thickness": 2}


def coefficients(rows: Sequence[Row]) -> Figure:
    """Estimates by term: good is a synthetic interval that covers the real one."""
    figure = _empty("estimate with 95 % interval")
    tint = colours(list(dict.fromkeys(str(r["candidate"]) for r in rows)))
    for name, colour in tint.items():
        for source, shade in (("real", GREY), ("synthetic", colour)):
            own = [r for r in rows if r["candidate"] == name and r["source"] == source]
            said = [f"{_text(r['term'])}: {number(r['estimate'])} ({number(r['low'])} to "
                    f"{number(r['high'])}), {source}. Overlap {number(r['overlap'])}: 1 is the "
                    "same as real, under 0 is apart." for r in own]  # fmt: skip
            figure.add_scatter(
                x=numbers_of(own, "estimate"), y=[_text(r["term"]) for r in own], mode="markers",
                name=f"{_text(name)}, {source}", marker={"color": shade, "size": 9},
                error_x=_bars(own, "estimate", "low", "high"), hovertext=said, hoverinfo="text",
            )  # fmt: skip
    return figure


def plane(rows: Sequence[Row]) -> Figure:
    """Attack success against utility: good is near fresh real rows."""
    figure = _empty(str(rows[0]["utility_measure"]), "AUC of the best membership attack")
    for i, row in enumerate(rows):
        said = (
            f"{_text(row['point'])}: utility {number(row['utility'])}, attack "
            f"{number(row['attack'])}. 0.5 is guessing; good is near fresh real rows."
        )
        figure.add_scatter(
            x=numbers_of([row], "utility"), y=numbers_of([row], "attack"), mode="markers",
            name=_text(row["point"]), marker={"color": COLOURS[i % 6], "size": 11},
            error_x=_bars([row], "utility", "utility_low", "utility_high"),
            error_y=_bars([row], "attack", "attack_low", "attack_high"),
            hovertext=[said], hoverinfo="text",
        )  # fmt: skip
    figure.add_hline(0.5, line={"dash": "dot", "color": GREY})
    return figure


def attack_roc(rows: Sequence[Row]) -> Figure:
    """Hits by false alarms on a log scale: good is on the dotted line of guessing."""
    figure = _empty("share of false alarms", "share of training people found")
    lines = list(dict.fromkeys((r["candidate"], r["among"]) for r in rows))
    for i, (name, people) in enumerate(lines):
        own = [r for r in rows if (r["candidate"], r["among"]) == (name, people)]
        said = [
            f"{number(r['hits'])} found at {number(r['false_alarms'])} false alarms; a guess "
            f"finds {number(r['false_alarms'])}. AUC {number(r['auc'])}."
            for r in own
        ]
        figure.add_scatter(
            x=numbers_of(own, "false_alarms"), y=numbers_of(own, "hits"), mode="lines+markers",
            name=f"{_text(name)}, {_text(people)}", line={"color": COLOURS[i % 6]},
            hovertext=said, hoverinfo="text",
        )  # fmt: skip
    steps = sorted(numbers_of(rows, "false_alarms"))
    figure.add_scatter(x=steps, y=steps, mode="lines", name="guessing", hoverinfo="skip",
                       line={"dash": "dot", "color": GREY})  # fmt: skip
    figure.update_xaxes(type="log")
    return figure


CHARTS: dict[str, Chart] = {
    "coefficients": coefficients,
    "privacy_utility": plane,
    "attack_roc": attack_roc,
}
"""Name of a figure of the report -> its twin for the page."""
