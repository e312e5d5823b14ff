"""What the best membership attack finds at how many false alarms: all and unusual people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    MUTED,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    number_of,
    numbers_of,
    short,
)
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACROSS = 3
_TINTS = {"everybody": COLOURS[0], "most unusual": COLOURS[1]}


def roc_rows(data: Mapping[str, PlotData]) -> list[Row]:
    """A line for each file, group of people and threshold."""
    return [{"candidate": name, **row} for name, each in data.items() for row in each.roc]


def attack_roc(data: Mapping[str, PlotData]) -> Drawing | None:
    """A panel a file, false alarms on a log scale: what counts is the left end."""
    rows = roc_rows(data)
    reasons = list(dict.fromkeys(d.missing["roc"] for d in data.values() if "roc" in d.missing))
    if not rows:
        said = f"The attacks cannot be drawn. {reasons[0]}" if reasons else ""
        return NotDrawn("attack_roc", said) if reasons else None
    names = [n for n in data if any(row["candidate"] == n for row in rows)]
    down, across = -(-len(names) // _ACROSS), min(len(names), _ACROSS)

    def paint(figure: Figure) -> None:
        axes = list(figure.subplots(down, across, squeeze=False).flat)
        for axis, name in zip(axes, names, strict=False):
            _panel(axis, [r for r in rows if r["candidate"] == name])
            axis.set_title(short(name), loc="left", fontsize=9)
        for axis in axes[len(names) :]:
            axis.set_axis_off()
        axes[0].set_ylabel("share of training people found")

    ends = {(row["candidate"], row["among"]): row for row in reversed(rows)}
    said = "; ".join(
        f"{name}, {people}: AUC {number(row['auc'])}" for (name, people), row in ends.items()
    )
    notes = " ".join(reasons)
    return Picture(
        "attack_roc",
        Sketch(paint, (min(8.2, 3.6 * across + 0.6), 3.3 * down + 0.3), BOTH),
        f"Membership attacks by share of false alarms. {said}.",
        "The best membership attack on everybody, and on the 5 % of people least like others: the "
        "share of training people that it finds at each share of false alarms (log scale). On the "
        "dotted line it guesses. Points with under ten false alarms or hits are withheld, so the "
        f"far left is missing in small holdouts. {notes}".strip(),
        tuple(rows),
    )


def _panel(axis: Axes, rows: Sequence[Row]) -> None:
    start = min(v for row in rows if (v := number_of(row, "false_alarms")) is not None)
    steps = [start * (1 / start) ** (i / 40) for i in range(41)]
    axis.plot(steps, steps, color=MUTED, linewidth=1, linestyle=":")
    for people, colour in _TINTS.items():
        own = [row for row in rows if row["among"] == people]
        if own:
            x, y = (numbers_of(own, key) for key in ("false_alarms", "hits"))
            label = f"{people}: AUC {number(own[0]['auc'], 2)}"
            axis.plot(x, y, ".-", color=colour, linewidth=1.4, label=label)
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.xaxis.set_minor_formatter(lambda value, _: "")
    axis.set_xlabel("share of false alarms")
    axis.set_ylim(0, 1.02)
    axis.legend(frameon=False, fontsize=7.5, loc="upper left")
