"""Differences of associations, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, blank, text
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, number_of
from synthcraft.tools.report.heatmap import MOST_COLUMNS, furthest
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_FELL, _ROSE = "#8073ac", "#e08214"


@chart(
    "associations",
    "Relations between columns",
    "Each cell is the association of two columns in synthetic minus real rows: orange rose, "
    "purple fell, the colour of the paper is the same, a cross is withheld, and at most the "
    f"{MOST_COLUMNS} columns that differ most are drawn.",
    one_file=True,
)
def triangle(rows: Sequence[Row], look: Look) -> Figure:
    """The lower triangle of pairs; a withheld pair is a cross."""
    columns = furthest(rows)
    place = {name: i for i, name in enumerate(columns)}
    values: list[list[float | None]] = [[None] * len(columns) for _ in columns]
    said = [[""] * len(columns) for _ in columns]
    withheld: list[tuple[int, int]] = []
    for row in rows:
        if str(row["first"]) not in place or str(row["second"]) not in place:
            continue
        left, down = sorted(place[str(row[side])] for side in ("first", "second"))
        values[down][left] = number_of(row, "difference")
        said[down][left] = _said(row)
        if values[down][left] is None:
            withheld.append((left, down))
    reach = max(0.1, max((abs(v) for line in values for v in line if v is not None), default=0.0))
    figure = blank(look, height=max(340, 26 * len(columns) + 150))
    figure.add_heatmap(
        z=values, zmin=-reach, zmax=reach, colorscale=[[0, _FELL], [0.5, look.paper], [1, _ROSE]],
        xgap=1, ygap=1, hovertext=said, hoverinfo="text", hoverongaps=False,
        colorbar={"title": {"text": "synthetic minus real", "side": "right",
                            "font": {"size": 11}}, "thickness": 12},
    )  # fmt: skip
    if withheld:
        figure.add_scatter(
            x=[x for x, _ in withheld], y=[y for _, y in withheld], mode="markers",
            name="withheld", marker={"symbol": "x-thin", "size": 8,
                                     "line": {"width": 1, "color": look.muted}},
            hovertext=[said[y][x] for x, y in withheld], hoverinfo="text",
        )  # fmt: skip
    names = [text(name, 16) for name in columns]
    last = len(names) - 0.5
    figure.update_xaxes(tickvals=list(range(len(names) - 1)), ticktext=names[:-1], tickangle=-60,
                        range=[-0.5, last - 1], showgrid=False)  # fmt: skip
    figure.update_yaxes(tickvals=list(range(1, len(names))), ticktext=names[1:],
                        range=[last, 0.5], showgrid=False)  # fmt: skip
    return figure


def _said(row: Row) -> str:
    pair = f"{text(row['first'], 30)} and {text(row['second'], 30)}"
    if row["difference"] is None:
        return f"{pair}: withheld"
    sides = f"real {number(row['real'])}, synthetic {number(row['synthetic'])}"
    return f"{pair}: {sides}, difference {number(row['difference'])}"
