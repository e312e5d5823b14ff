"""Differences of associations, pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthcraft.tools.report.figure import (
    BOTH,
    RULE,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    number_of,
    short,
)
from synthcraft.tools.report.plot_data import PlotData, reason_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

MOST_COLUMNS = 18
_ACROSS = 2


def heatmap_rows(data: Mapping[str, PlotData]) -> list[Row]:
    """A line for each file and pair of columns."""
    return [{"candidate": name, **row} for name, each in data.items() for row in each.associations]


def heatmap(data: Mapping[str, PlotData]) -> Drawing | None:
    """A triangle a file: purple where an association fell, orange where it rose."""
    rows = heatmap_rows(data)
    if not any(number_of(row, "difference") is not None for row in rows):
        why = reason_of(data, "associations")
        return NotDrawn("associations", f"Relations cannot be drawn. {why}") if why else None
    columns = furthest(rows)
    names = [n for n in data if any(row["candidate"] == n for row in rows)]
    reach = max(0.1, max(abs(number_of(row, "difference") or 0.0) for row in rows))
    down = -(-len(names) // _ACROSS)
    across = min(len(names), _ACROSS)

    def paint(figure: Figure) -> None:
        axes = list(figure.subplots(down, across, squeeze=False).flat)
        for axis, name in zip(axes, names, strict=False):
            _triangle(axis, [r for r in rows if r["candidate"] == name], columns, reach)
            if len(names) > 1:
                axis.set_title(short(name), loc="left", fontsize=9)
        for axis in axes[len(names) :]:
            axis.set_axis_off()
        figure.colorbar(axes[0].images[0], ax=axes, shrink=0.6, label="synthetic minus real")

    everything = {str(row[side]) for row in rows for side in ("first", "second")}
    left = len(everything) - len(columns)
    rest = f" Shown are the {len(columns)} columns that differ most." if left else ""
    ordered = sorted(rows, key=lambda row: -abs(number_of(row, "difference") or 0.0))
    said = "; ".join(
        f"{row['candidate']}, {row['first']} and {row['second']}: {number(row['difference'], 2)}"
        for row in ordered[:5]
    )
    side = 0.27 * len(columns) + 1.3
    return Picture(
        "associations",
        Sketch(paint, (8.2 if across > 1 else min(8.2, side + 2.2), down * max(2.4, side)), BOTH),
        f"Differences of associations between columns. Largest: {said}.",
        "Association of each pair of columns in synthetic minus real rows: rank correlation, "
        "bias-corrected Cramér V, or correlation ratio of ranks. Orange rose, purple fell, white "
        f"is the same; hatched is withheld.{rest}",
        tuple(rows),
    )


def furthest(rows: Sequence[Row]) -> list[str]:
    """The columns with the largest differences, in the order of the table."""
    worst: dict[str, float] = {}
    for row in rows:
        for side in ("first", "second"):
            name = str(row[side])
            worst[name] = max(worst.get(name, 0.0), abs(number_of(row, "difference") or 0.0))
    chosen = set(sorted(worst, key=lambda name: -worst[name])[:MOST_COLUMNS])
    return [name for name in worst if name in chosen]


def _triangle(axis: Axes, rows: Sequence[Row], columns: Sequence[str], reach: float) -> None:
    place = {name: i for i, name in enumerate(columns)}
    cells = np.full((len(columns), len(columns)), np.nan)
    pairs = set()
    for row in rows:
        at = sorted(place.get(str(row[side]), -1) for side in ("first", "second"))
        if at[0] < 0:
            continue
        pairs.add((at[1], at[0]))
        value = number_of(row, "difference")
        cells[at[1], at[0]] = np.nan if value is None else value
    axis.imshow(cells, cmap="PuOr_r", vmin=-reach, vmax=reach)
    for i, j in pairs:
        if np.isnan(cells[i, j]):
            axis.add_patch(_hatched(i, j))
    names = [short(name, 16) for name in columns]
    axis.set_xticks(range(len(names) - 1), names[:-1], rotation=60, ha="right", fontsize=7)
    axis.set_yticks(range(1, len(names)), names[1:], fontsize=7)
    axis.set_ylim(len(names) - 0.5, 0.5)
    axis.set_xlim(-0.5, len(names) - 1.5)
    axis.tick_params(length=0)


def _hatched(row: int, column: int) -> Patch:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=RULE, hatch="///")
