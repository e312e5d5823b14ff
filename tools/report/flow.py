"""Where the real rows went: the flow diagram of the split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    MUTED,
    Picture,
    Row,
    Sketch,
    number_of,
    short,
)
from synthcraft.tools.report.results import CandidatePart, DataPart
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_USES = {
    "training (T)": "learnt from by every generator",
    "validation (V)": "the choice between generators only; none learns from it",
    "holdout (H)": "seen by no generator; every file is tested against these rows",
    "in no part": "exclusions agreed in the plan",
}


def flow_rows(data: DataPart, candidates: Sequence[CandidatePart]) -> list[Row]:
    """A line for the table, each of its parts and each synthetic file."""
    parts = {"training (T)": data.train, "validation (V)": data.validation,
             "holdout (H)": data.holdout}  # fmt: skip
    left = data.rows - sum(parts.values())
    # sizes are rounded one by one, so that a small rest is none
    parts |= {"in no part": left} if left >= MIN_CELL else {}
    rows: list[Row] = [_row("real rows (D)", data.rows, "", "split before anything was learnt")]
    rows += [_row(name, count, "real rows (D)", _USES[name]) for name, count in parts.items()]
    return rows + [
        {"box": f"synthetic: {c.id}", "rows": c.rows, "from": "training (T)", "use": c.generator}
        for c in candidates
        if c.status == "ok" and c.rows
    ]


def _row(box: str, count: int, source: str, use: str) -> Row:
    return {"box": box, "rows": count if count >= MIN_CELL else None, "from": source, "use": use}


def flow(data: DataPart, candidates: Sequence[CandidatePart]) -> Picture | None:
    """Boxes from left to right: the table, its parts, the synthetic files."""
    if not data.train:
        return None
    rows = flow_rows(data, candidates)
    made = [row for row in rows if row["from"] == "training (T)"]
    parts = [row for row in rows if row["from"] == "real rows (D)"]
    lines = max(1, len(made)) + len(parts) - 1

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        axis.set_axis_off()
        axis.set_xlim(0, 10)
        axis.set_ylim(lines - 0.5, -0.5)
        middle = (lines - 1) / 2
        _box(axis, 0.1, middle, rows[0], INK)
        for i, part in enumerate(parts):
            place = (max(1, len(made)) - 1) / 2 if i == 0 else max(1, len(made)) - 1 + i
            _arrow(axis, (2.3, middle), (3.2, place))
            _box(axis, 3.2, place, part, COLOURS[0] if part["box"] == "holdout (H)" else INK)
            if i:
                axis.text(5.7, place, str(part["use"]), va="center", fontsize=7.5, color=MUTED)
            for j, each in enumerate(made if i == 0 else ()):
                _arrow(axis, (5.4, place), (6.4, j))
                _box(axis, 6.4, j, each, MUTED, width=3.4, dashed=True)

    said = "; ".join(f"{row['box']}: {number(row['rows'])} rows" for row in rows)
    return Picture(
        "flow",
        Sketch(paint, (8.2, 0.72 * lines + 0.4), BOTH),
        f"Flow of the rows. {said}.",
        "Flow of the rows. The parts were frozen before any generator saw data.",
        tuple(rows),
    )


def _box(
    axis: Axes, x: float, y: float, row: Row, colour: str, width: float = 2.2, *,
    dashed: bool = False,
) -> None:  # fmt: skip
    from matplotlib.patches import Rectangle

    style = "--" if dashed else "-"
    axis.add_patch(Rectangle((x, y - 0.36), width, 0.72, facecolor="#f6f8fa", edgecolor=colour,
                             linestyle=style, linewidth=1.1))  # fmt: skip
    count = number_of(row, "rows")
    middle = x + width / 2
    axis.text(middle, y - 0.1, "under 10" if count is None else number(count), ha="center",
              va="center", fontsize=10, fontweight="bold", color=INK)  # fmt: skip
    axis.text(middle, y + 0.2, short(row["box"], 30), ha="center", va="center", fontsize=7.5,
              color=MUTED)  # fmt: skip


def _arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": MUTED, "linewidth": 1.4})
