"""How figures of the page look: one set of colours for each theme, one bare figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    MUTED,
    RULE,
    Row,
    colours,
    numbers_of,
    short,
)
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ABOVE = 30
"""Pixels between the legend and the panels, where their titles stand."""
_SHORT = 3
"""Powers of ten on an axis that has room for the numbers between them."""
_BUTTONS = ["select2d", "lasso2d", "pan2d", "zoomin2d", "zoomout2d", "autoscale2d"]
"""Tools that a reader of figures does without."""
FONT = "system-ui, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Look:
    """Colours of one theme, and the report's colour of each candidate."""

    paper: str
    ink: str
    muted: str
    rule: str
    tint: Mapping[str, str] = field(default_factory=dict)

    def of(self, candidate: object) -> str:
        """The colour of a candidate; what is none is muted."""
        return self.tint.get(str(candidate), self.muted)


LIGHT = Look(paper="#ffffff", ink=INK, muted=MUTED, rule=RULE)
DARK = Look(paper="#0b1220", ink="#eef2f6", muted="#a9b4bf", rule="#334155")


def look(names: Sequence[str], *, dark: bool = False) -> Look:
    """The look of a theme; black, the palette's last colour, is ink, so that dark shows it."""
    theme = DARK if dark else LIGHT
    tint = {n: theme.ink if c == COLOURS[-1] else c for n, c in colours(names).items()}
    return replace(theme, tint=tint)


def blank(look: Look, x: str = "", y: str = "", height: int = 400) -> Figure:
    """A figure without traces."""
    import plotly.graph_objects as go

    figure = go.Figure(
        layout={
            "template": "none", "height": height, "autosize": True,
            "paper_bgcolor": look.paper, "plot_bgcolor": look.paper,
            "font": {"family": FONT, "color": look.ink, "size": 12},
            # The title stands below: whose data it shows is part of every copy of a figure.
            "title": {"text": BOTH, "x": 1, "xanchor": "right", "y": 0, "yanchor": "bottom",
                      "yref": "container", "pad": {"b": 4, "r": 8},
                      "font": {"size": 10, "color": look.muted}},
            "margin": {"t": 24, "r": 16, "b": 64, "l": 56},
            "legend": {"orientation": "h", "y": 1 + _ABOVE / height, "yanchor": "bottom", "x": 0},
            "modebar": {"remove": _BUTTONS, "bgcolor": look.paper, "color": look.muted,
                        "activecolor": look.ink},
            "hoverlabel": {"bgcolor": look.paper, "bordercolor": look.muted,
                           "font": {"family": FONT, "color": look.ink}},
        }
    )  # fmt: skip
    _axes(figure, look)
    figure.update_xaxes(title_text=text(x))
    figure.update_yaxes(title_text=text(y))
    return figure


def panels(
    look: Look, down: int, across: int, titles: Sequence[object], height: int, **extra: Any
) -> Figure:
    """A figure of several panels, each with a title above its left end."""
    figure = blank(look, height=height)
    figure.set_subplots(down, across, subplot_titles=[text(t) for t in titles], **extra)
    _axes(figure, look)
    for place, title in enumerate(figure.layout.annotations):
        left = figure.layout["xaxis" + (str(place + 1) if place else "")].domain[0]
        title.update(x=left, xanchor="left", font={"size": 12, "color": look.ink})
    return figure


def _axes(figure: Figure, look: Look) -> None:
    line = {"gridcolor": look.rule, "zeroline": False, "automargin": True}
    words = {"color": look.muted, "size": 11}
    figure.update_xaxes(**line, tickfont=words, title_font=words)
    figure.update_yaxes(**line, tickfont={**words, "color": look.ink}, title_font=words)


def text(value: object, width: int = 60) -> str:
    """A name as text: plotly reads tags in labels."""
    return escape(short(value, width), quote=False) if value != "" else ""


def log_axis(figure: Figure, values: Iterable[float]) -> None:
    """A log axis across, with plain numbers at 1, 2 and 5; at powers alone where it is long."""
    known = [v for v in values if v > 0 and isfinite(v)]
    if not known:
        return
    low, high = floor(log10(min(known))), ceil(log10(max(known)))
    steps = (1, 2, 5) if high - low <= _SHORT else (1,)
    powers = range(low - 1, high + 1, max(1, (high - low) // 6))
    ticks = [step * 10.0**power for power in powers for step in steps]
    figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])


def estimate(row: Row, keys: tuple[str, str, str]) -> str:
    """An estimate with its interval, in words."""
    middle, low, high = (row.get(key) for key in keys)
    known = low is not None and high is not None
    return number(middle) + (f" ({number(low)} to {number(high)})" if known else "")


def interval(rows: Sequence[Row], keys: tuple[str, str, str]) -> dict[str, Any]:
    """Intervals as error bars; a missing end draws none."""
    middle, low, high = (numbers_of(rows, key) for key in keys)
    return {
        "array": [b - m for m, b in zip(middle, high, strict=True)],
        "arrayminus": [m - a for m, a in zip(middle, low, strict=True)],
        "symmetric": False, "thickness": 2, "width": 0,
    }  # fmt: skip


def unique(rows: Sequence[Row], *keys: str) -> list[str]:
    """The texts that stand in a column, or in several, in their order."""
    return list(dict.fromkeys(str(row[key]) for row in rows for key in keys))


def where(rows: Sequence[Row], **wanted: str) -> list[Row]:
    """The rows with these texts."""
    return [row for row in rows if all(str(row[k]) == v for k, v in wanted.items())]


def named_once(figure: Figure) -> Figure:
    """One entry of the legend for all traces of a name; a click hides them together."""
    seen: set[str] = set()
    for trace in figure.data:
        trace.update(legendgroup=trace.name, showlegend=trace.name not in seen)
        seen.add(trace.name)
    return figure
