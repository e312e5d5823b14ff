"""Privacy against utility: no single score, but both with their intervals on one plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthcraft.tools.report.figure import (
    BOTH,
    MUTED,
    RULE,
    Drawing,
    NotDrawn,
    Picture,
    Row,
    Sketch,
    colours,
    number_of,
    short,
)
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import label_of
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ATTACK = "privacy.membership"
USES = ("utility.tstr_linear", "utility.tstr_boosting", "utility.concordance",
        "fidelity.association")  # fmt: skip
"""The first of these that was measured is the horizontal axis."""
POINTS = {"A1": ("fresh real rows (H against T)", "D"), "A2": ("memorised rows", "s")}


def plane_rows(results: Sequence[Result]) -> list[Row]:
    """A line for each file with both numbers, then the two reference points."""
    whole = {(r.metric_id, r.candidate): r for r in results if r.whole}
    known = [key for key, r in whole.items() if r.value is not None]
    attacked = [name for metric, name in known if metric == ATTACK]
    for use in USES:
        names = [name for name in attacked if (use, name) in known]
        if names:
            break
    else:
        return []
    pairs = [(whole[use, name], whole[ATTACK, name]) for name in names]
    rows: list[Row] = [
        {"point": name, "utility_measure": label_of(u)} | _ends("utility", u) | _ends("attack", a)
        for name, (u, a) in zip(names, pairs, strict=True)
    ]
    first_use, first_attack = pairs[0]
    for key, (words, _) in POINTS.items():
        x, y = first_use.anchors.get(key), first_attack.anchors.get(key)
        if x is not None and y is not None:
            rows.append({"point": words, "utility_measure": label_of(first_use), "utility": x,
                         "attack": y})  # fmt: skip
    return rows


def _ends(name: str, result: Result) -> Row:
    return {name: result.value, f"{name}_low": result.ci_low, f"{name}_high": result.ci_high}


def plane(results: Sequence[Result], names: Sequence[str]) -> Drawing | None:
    """Utility to the right, attack success upwards: a good file lies near fresh real rows."""
    rows = plane_rows(results)
    if not rows:
        own = [r for r in results if r.metric_id == ATTACK and not r.group]
        why = next((r.message for r in own if r.value is None and r.message), "")
        said = f"Privacy and utility cannot be drawn together. {why}".strip()
        return NotDrawn("privacy_utility", said) if own else None
    label = str(rows[0]["utility_measure"])

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        axis.axhline(0.5, color=MUTED, linewidth=1, linestyle=":")
        for row in rows:
            _point(axis, row, colours(names))
        axis.set_xlabel(short(label, 80))
        axis.set_ylabel("AUC of the best membership attack")
        axis.margins(0.2)

    said = "; ".join(
        f"{r['point']}: {number(r['utility'])}, attack {number(r['attack'])}" for r in rows
    )
    return Picture(
        "privacy_utility",
        Sketch(paint, (6.2, 4.2), BOTH),
        f"Attack success against utility. {said}.",
        "Success of the best membership attack against utility, with intervals. The dotted line "
        "is guessing. The diamond shows fresh real rows in place of a synthetic file; a file that "
        "repeats the training rows lies at the square.",
        tuple(rows),
    )


def _point(axis: Axes, row: Row, tint: dict[str, str]) -> None:
    name = str(row["point"])
    x, y = number_of(row, "utility"), number_of(row, "attack")
    if x is None or y is None:
        return
    marker = next((mark for words, mark in POINTS.values() if words == name), "o")
    colour = tint.get(name, MUTED)
    for keys, across in ((("utility_low", "utility_high"), True), (("attack_low", "attack_high"),
                                                                   False)):  # fmt: skip
        low, high = (number_of(row, key) for key in keys)
        if low is not None and high is not None:
            axis.plot(*(([low, high], [y, y]) if across else ([x, x], [low, high])), color=colour,
                      linewidth=1.6, alpha=0.8)  # fmt: skip
    axis.plot([x], [y], marker, color=colour, markersize=8, markeredgecolor=RULE)
    # files above their point, references below: near one another they would cover each other
    below = marker != "o"
    axis.annotate(
        short(name, 40), (x, y), (8, -13 if below else 6), textcoords="offset points", fontsize=8
    )
