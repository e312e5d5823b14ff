"""Figure 3: what was predicted against what was so, by tenths of the people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.figure import (
    BOTH,
    INK,
    MUTED,
    Picture,
    Row,
    Sketch,
    colours,
    numbers_of,
    short,
)
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def tenths(rows: Sequence[Row], target: str, stamp: str) -> Picture:
    """Lines with model, predicted and actual; the diagonal is a perfect prediction."""
    palette = colours(list(dict.fromkeys(str(row["model"]) for row in rows)))
    both = [v for key in ("predicted", "actual") for v in numbers_of(rows, key)]

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        axis.plot([min(both), max(both)], [min(both), max(both)], ":", color=MUTED, linewidth=1)
        for model, colour in palette.items():
            own = [row for row in rows if row["model"] == model]
            x, y = (numbers_of(own, key) for key in ("predicted", "actual"))
            axis.plot(x, y, "o-", color=colour, markersize=4, linewidth=1.2, label=short(model))
        axis.set_xlabel(f"predicted {short(target)}", color=INK)
        axis.set_ylabel(f"mean {short(target)}", color=INK)
        axis.set_title(short(stamp, 70), loc="left", fontsize=8, color=MUTED)
        axis.legend(frameon=False, fontsize=8)

    said = "; ".join(f"{r['model']} {number(r['predicted'])}: {number(r['actual'])}" for r in rows)
    return Picture(
        "purity",
        Sketch(paint, (6.0, 4.2), BOTH),
        f"Mean of {target} by predicted value, {stamp}. {said}.",
        f"People in tenths by what was predicted of them in folds the model never saw ({stamp}): "
        "each point is a mean over one tenth. On the dotted line predictions are right on average.",
        tuple(rows),
    )
