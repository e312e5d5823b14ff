"""Privacy against utility, both with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, blank, estimate, interval, text
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, numbers_of
from synthcraft.tools.report.plane import POINTS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ACROSS = ("utility", "utility_low", "utility_high")
_UP = ("attack", "attack_low", "attack_high")
_SYMBOLS = {words: symbol for (words, _), symbol in
            zip(POINTS.values(), ("diamond-open", "square-open"), strict=True)}  # fmt: skip


@chart(
    "privacy_utility",
    "Privacy against utility",
    "Up is a better attack and the dotted line is guessing; good is near the diamond, which shows "
    "fresh real rows in place of a synthetic file, and bad is near the square of memorised rows.",
)
def plane(rows: Sequence[Row], look: Look) -> Figure:
    """A point a file, and the two reference points."""
    figure = blank(look, str(rows[0]["utility_measure"]), "AUC of the best membership attack", 440)
    for row in rows:
        name = str(row["point"])
        said = f"{text(name)}: utility {estimate(row, _ACROSS)}, attack {estimate(row, _UP)}"
        figure.add_scatter(
            x=numbers_of([row], "utility"), y=numbers_of([row], "attack"), mode="markers",
            name=text(name), error_x=interval([row], _ACROSS), error_y=interval([row], _UP),
            marker={"color": look.of(name), "size": 12, "symbol": _SYMBOLS.get(name, "circle"),
                    "line": {"width": 2 if name in _SYMBOLS else 0}},
            hovertext=said, hoverinfo="text",
        )  # fmt: skip
    figure.add_hline(0.5, line={"dash": "dot", "color": look.muted})
    return figure
