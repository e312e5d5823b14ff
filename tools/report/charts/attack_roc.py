"""What the best membership attack finds at how many false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, blank, log_axis, text, unique, where
from synthcraft.tools.report.charts.registry import chart
from synthcraft.tools.report.figure import Row, numbers_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@chart(
    "attack_roc",
    "Membership attacks",
    "On the dotted line the attack guesses; above it, and most of all at the left end, it finds "
    "training people, in everybody (solid) or in the most unusual people (dashed).",
)
def roc(rows: Sequence[Row], look: Look) -> Figure:
    """A line a file and kind of people, false alarms on a log scale."""
    figure = blank(look, "share of false alarms", "share of training people found", 440)
    kinds = dict(zip(unique(rows, "among"), ("solid", "dash", "dot"), strict=False))
    for name in unique(rows, "candidate"):
        for people, dash in kinds.items():
            own = where(rows, candidate=name, among=people)
            said = [f"{text(name)}, {text(people)}: {number(r['hits'])} found at "
                    f"{number(r['false_alarms'])} false alarms. AUC {number(r['auc'])}"
                    for r in own]  # fmt: skip
            if own:
                figure.add_scatter(
                    x=numbers_of(own, "false_alarms"), y=numbers_of(own, "hits"),
                    mode="lines+markers", name=f"{text(name)}, {text(people)}",
                    line={"color": look.of(name), "dash": dash}, marker={"size": 6},
                    hovertext=said, hoverinfo="text",
                )  # fmt: skip
    steps = sorted(set(numbers_of(rows, "false_alarms")))
    figure.add_scatter(x=steps, y=steps, mode="lines", name="guessing", hoverinfo="skip",
                       line={"dash": "dot", "color": look.muted})  # fmt: skip
    log_axis(figure, steps)
    figure.update_yaxes(rangemode="tozero")
    return figure
