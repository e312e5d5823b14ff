"""What the paper printed beside what was found, drawn: one panel for each kind of number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthcraft.evals.case.protocol import MODES
from synthcraft.evals.case.records import CaseResults, Verdicts
from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    MUTED,
    Picture,
    Row,
    Sketch,
    short,
    whisker,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SERIES: dict[str, str] = {
    "printed": MUTED,
    "ours, paper": COLOURS[1],
    "ours, rigorous": COLOURS[0],
}
_PANELS = {"auc": "AUC", "prevalence": "share of heart attacks"}
_LINE = 0.26


def beside(results: CaseResults) -> Picture | None:
    """Every printed AUC and share with ours of both modes; None where none is printed."""
    lines = [(panel, each) for each in results.compared if (panel := _panel(each))]
    rows = [row for panel, each in lines for row in _rows(panel, each)]
    panels = [name for name in _PANELS if any(row["panel"] == name for row in rows)]
    if not rows:
        return None

    def paint(figure: Figure) -> None:
        sizes = [sum(row["panel"] == name for row in rows) for name in panels]
        axes = figure.subplots(len(panels), 1, height_ratios=sizes, squeeze=False)[:, 0]
        for axis, name in zip(axes, panels, strict=True):
            here = [row for row in rows if row["panel"] == name]
            for place, row in enumerate(here):
                colour = _SERIES[str(row["source"])]
                whisker(axis, place, row, ("value", "low", "high"), colour)
                if place and row["source"] == "printed":
                    axis.axhline(place - 0.5, color="#d9dfe5", linewidth=0.8)
            labels = [f"{short(row['what'], 34)} · {row['source']}" for row in here]
            axis.set_yticks(range(len(here)), labels)
            axis.set_ylim(len(here) - 0.5, -0.5)
            axis.set_xlabel(_PANELS[name], color=INK)

    said = "; ".join(f"{row['what']}, {row['source']}: {row['value']}" for row in rows)
    return Picture(
        "printed_beside_ours",
        Sketch(paint, (8.2, _LINE * len(rows) + 0.75 * len(panels) + 0.4), BOTH),
        f"Figures of the paper and ours. {said}.",
        "Grey: as the paper prints it. Orange: ours, the paper's way. Blue: ours, rigorous. "
        "Bars are 95 % intervals.",
        tuple(rows),
    )


def _panel(each: Verdicts) -> str:
    """Which panel a line belongs to; empty for sentences and counts."""
    if each.value is None:
        return ""
    return next((panel for panel in _PANELS if each.fact.startswith(panel)), "")


def _rows(panel: str, each: Verdicts) -> list[Row]:
    """The printed line, then ours where there is one."""
    about: Row = {"panel": panel, "what": each.says}
    rows: list[Row] = [
        about | {"source": "printed", "value": each.value, "low": each.low, "high": each.high}
    ]
    for mode in MODES:
        fact = each.facts.get(mode)
        if fact is not None and fact.value is not None:
            numbers: Row = {k: _rounded(getattr(fact, k)) for k in ("value", "low", "high")}
            rows.append(about | {"source": f"ours, {mode}"} | numbers)
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
