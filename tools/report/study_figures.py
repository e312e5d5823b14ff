"""Figures of studies that stand beside an evaluation: augmentation curves and variance sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

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
    numbers_of,
    short,
)
from synthcraft.tools.report.words import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from synthcraft.tools.augmentation_trial import Outcome
    from synthcraft.tools.replicates import Components

Curve = Literal["dose", "hybrid"]
_ALONG = {
    "dose": "dose of synthetic rows (1 is the target)",
    "hybrid": "part of the real rows that was kept",
}
_PANELS = {"overall": "AUC, everybody", "group": "AUC, target group", "slope": "calibration slope"}
SOURCES = {
    "split": "another choice of held-back rows",
    "fit": "another fit of the generator",
    "draw": "another table of the same fit",
    "rows": "chance of the test rows",
}


def curve_rows(outcomes: Sequence[Outcome], along: Curve) -> list[Row]:
    """A line for each training set and what was measured on it."""
    rows: list[Row] = []
    for each in outcomes:
        for name in _PANELS:
            effect = getattr(each, name)
            if effect is None or each.rows < MIN_CELL:
                continue
            at = each.dose if along == "dose" else each.real
            rows.append({"arm": each.arm, along: at, "rows": each.rows, "measure": name,
                         "value": effect.value, "difference": effect.difference,
                         "low": effect.low, "high": effect.high})  # fmt: skip
    return rows


def curves(outcomes: Sequence[Outcome], along: Curve) -> Picture | None:
    """Paired differences to the real training rows, along the dose or the part of real rows."""
    rows = curve_rows(outcomes, along)
    if not rows:
        return None
    shown = [name for name in _PANELS if any(row["measure"] == name for row in rows)]
    arms = list(dict.fromkeys(str(row["arm"]) for row in rows))

    def paint(figure: Figure) -> None:
        axes = figure.subplots(1, len(shown), squeeze=False)[0]
        for axis, name in zip(axes, shown, strict=True):
            axis.axhline(0, color=MUTED, linewidth=1, linestyle=":")
            for i, arm in enumerate(arms):
                own = [r for r in rows if r["measure"] == name and r["arm"] == arm]
                _curve(axis, own, along, COLOURS[i % len(COLOURS)], short(arm))
            axis.set_title(_PANELS[name], loc="left", fontsize=9)
            axis.set_xlabel(short(_ALONG[along], 44), fontsize=8)
        axes[0].set_ylabel("difference to real rows alone")
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=4, frameon=False, fontsize=8)

    said = "; ".join(
        f"{_PANELS[str(r['measure'])]} at {number(r[along], 2)}: {number(r['difference'])}"
        for r in rows
    )
    return Picture(
        f"augmentation_{along}",
        Sketch(paint, (8.2, 3.0), BOTH),
        f"Augmentation, by {_ALONG[along]}. {said}.",
        "What models learn with synthetic rows, minus what they learn from the real training rows "
        "alone, on the same held-back people; 95 % paired intervals. The dotted line is no change.",
        tuple(rows),
    )


def _curve(axis: Axes, rows: Sequence[Row], along: Curve, colour: str, label: str) -> None:
    x, y, low, high = (numbers_of(rows, key) for key in (along, "difference", "low", "high"))
    axis.plot(x, y, "o-", color=colour, markersize=4, linewidth=1.5, label=label)
    axis.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def component_rows(parts: Mapping[str, Components]) -> list[Row]:
    """A line for each measure and source of variance."""
    return [
        {"measure": name, "source": source, "variance": getattr(each, source), "share": share}
        for name, each in parts.items()
        for source, share in each.shares.items()
    ]


def components(parts: Mapping[str, Components]) -> Picture | None:
    """A bar a measure: which part of its variance comes from where."""
    rows = component_rows(parts)
    if not rows:
        return None

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        for place, name in enumerate(parts):
            start = 0.0
            for i, (source, share) in enumerate(parts[name].shares.items()):
                label = SOURCES[source] if not place else None
                axis.barh(place, share, left=start, height=0.6, color=COLOURS[i], label=label)
                start += share
        axis.set_yticks(range(len(parts)), [short(name) for name in parts])
        axis.set_ylim(len(parts) - 0.5, -0.5)
        axis.set_xlim(0, 1)
        axis.set_xlabel("share of the variance of a single run", color=INK)
        handles = axis.get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=2, frameon=False, fontsize=8)

    said = "; ".join(
        f"{row['measure']}, {SOURCES[str(row['source'])]}: {percent(number_of(row, 'share'))}"
        for row in rows
    )
    return Picture(
        "variance_components",
        Sketch(paint, (8.2, 0.4 * len(parts) + 1.3), BOTH),
        f"Where the variance of a single run comes from. {said}.",
        "Where the variance of a single run comes from. A source that was not repeated has no "
        "share of its own: its variance is then inside the others, or unseen.",
        tuple(rows),
    )
