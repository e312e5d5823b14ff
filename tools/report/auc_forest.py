"""Figure 2: the AUC of every model in everybody and in each group, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthcraft.tools.report.figure import (
    BOTH,
    INK,
    MUTED,
    Picture,
    Row,
    Sketch,
    colours,
    short,
    whisker,
)
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from synthcraft.tools.procedures.discrimination import SubgroupAuc


def auc_forest(found: SubgroupAuc) -> Picture | None:
    """A line a model and group; groups that are too small are left out."""
    rows: list[Row] = [
        {"group": f"{x.column}: {x.group}" if x.column else "everybody", "model": x.source,
         "people": x.n, "events": x.events, "auc": x.auc, "low": x.low, "high": x.high,
         "stamp": found.stamp}
        for x in found.lines if x.auc is not None
    ]  # fmt: skip
    if not rows:
        return None
    palette = colours(list(dict.fromkeys(str(row["model"]) for row in rows)))

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        axis.axvline(0.5, color=MUTED, linewidth=1, linestyle=":")
        for place, row in enumerate(rows):
            whisker(axis, place, row, ("auc", "low", "high"), palette[str(row["model"])])
        labels = [f"{short(row['group'], 36)} · {short(row['model'], 14)}" for row in rows]
        axis.set_yticks(range(len(rows)), labels)
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_xlabel("AUC", color=INK)
        axis.set_title(short(found.stamp, 70), loc="left", fontsize=8, color=MUTED)

    said = "; ".join(f"{r['group']}, {r['model']}: {number(r['auc'])}" for r in rows)
    return Picture(
        "discrimination",
        Sketch(paint, (8.2, 0.26 * len(rows) + 1.1), BOTH),
        f"AUC by group and model, {found.stamp}. {said}.",
        f"AUC with 95 % bootstrap interval ({found.stamp}). The dotted line is no discrimination; "
        "groups with fewer than ten events or ten others are left out.",
        tuple(rows),
    )
