"""Prediction in each group of people: both models, and what is lost between them."""

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
)
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, numbers_of
from synthcraft.tools.report.group_forest import NOT_ASSESSED, STABLE_EVENTS, UNSTABLE, ends
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@chart(
    "groups",
    "Prediction in each group",
    "Left both models in held-back people of each group, with the number of events beside it; "
    "right synthetic minus real, where left of the dotted line more than 0.05 is lost; a pale mark "
    f"stands on fewer than {STABLE_EVENTS} events.",
    one_file=True,
)
def forest(rows: Sequence[Row], look: Look) -> Figure:
    """Two panels with shared lines; a group that cannot be assessed says so in its line."""
    figure = panels(
        look, 1, 2, ["AUC, or R2", "difference"], 40 * len(rows) + 130,
        shared_yaxes=True, horizontal_spacing=0.06, column_widths=[0.55, 0.45],
    )  # fmt: skip
    synthetic = look.of(rows[0]["candidate"])
    for name, source, colour, shift, panel in (
        ("trained on real rows", "real", look.ink, -0.14, 1),
        ("trained on synthetic rows", "synthetic", synthetic, 0.14, 1),
        ("difference", "difference", look.ink, 0.0, 2),
    ):
        for place, row in enumerate(rows):
            if row["state"] == NOT_ASSESSED:
                continue
            figure.add_scatter(
                x=numbers_of([row], source), y=[place + shift], mode="markers", name=name,
                marker={"color": colour, "size": 8, "symbol": "diamond" if panel > 1 else "circle"},
                error_x=interval([row], ends(source)) | {"color": colour},
                opacity=0.5 if row["state"] == UNSTABLE else 1.0,
                hovertext=f"{text(row['column'])}: {text(row['group'])}, {name}: "
                f"{estimate(row, ends(source))}. {row['note'] or ''}",
                hoverinfo="text", row=1, col=panel,
            )  # fmt: skip
    _lines(figure, rows, look)
    named_once(figure).update_traces(showlegend=False, selector={"name": "difference"})
    return figure


def _lines(figure: Figure, rows: Sequence[Row], look: Look) -> None:
    """Names of the groups, the lines of no loss and of a loss of 0.05, and what is missing."""
    names = [f"{text(r['column'], 18)}:<br>{text(r['group'], 14)} ({number(r['events'])})"
             for r in rows]  # fmt: skip
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names,
                        range=[len(rows) - 0.4, -0.6])  # fmt: skip
    figure.add_vline(0, line={"color": look.muted, "width": 1}, row=1, col=2)
    figure.add_vline(-0.05, line={"color": look.muted, "dash": "dot"}, row=1, col=2)
    for place, row in enumerate(rows):
        if row["state"] == NOT_ASSESSED:
            figure.add_annotation(
                x=0, xref="x domain", y=place, yref="y", text="cannot be assessed", xanchor="left",
                showarrow=False, font={"size": 11, "color": look.muted},
            )  # fmt: skip
