"""The report's figures: each takes plain numbers and returns a picture, or None without data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthcraft.tools.report.figure import (
    BOTH,
    COLOURS,
    INK,
    MUTED,
    RULE,
    SYNTHETIC,
    Picture,
    Row,
    Sketch,
    colours,
    file_part,
    short,
    wrapped,
)
from synthcraft.tools.report.record import Marginal
from synthcraft.tools.report.results import CandidatePart, Result
from synthcraft.tools.report.sections import Measure
from synthcraft.tools.report.words import duration, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ANCHORS = {
    "A0": ("floor: no information", "x"),
    "A1": ("fresh real rows", "D"),
    "A2": ("memorised rows", "s"),
}
_MOST_COLUMNS = 24


def anchor_strips(measures: Sequence[Measure], names: Sequence[str]) -> Picture | None:
    """Each measure on its own line: anchors in grey, candidates in colour, intervals as bars."""
    shown = [m for m in measures if any(r.value is not None and _anchors(r) for r in m.rows)][:10]
    if not shown:
        return None
    tint = colours(names)

    def paint(figure: Figure) -> None:
        axes = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for axis, measure in zip(axes, shown, strict=True):
            _strip(axis, measure, tint)
        _legend(figure, tint, shown)

    height = 0.66 * len(shown) + 0.9
    words = "; ".join(f"{m.label}: {_spoken(m)}" for m in shown)
    return Picture(
        "anchors",
        Sketch(paint, (8.2, height), BOTH),
        f"Headline measures between their anchors. {words}.",
        "Headline measures between their anchors. Each line has its own scale; a synthetic file "
        "should lie near fresh real rows, away from the floor and from memorised rows.",
        tuple(_row(m, r) for m in shown for r in m.rows),
    )


def _row(measure: Measure, result: Result) -> Row:
    ends = {"value": result.value, "low": result.ci_low, "high": result.ci_high}
    anchors = {key: result.anchors.get(key) for key in ANCHORS}
    return {"measure": measure.label, "candidate": result.candidate, **ends, **anchors}


def _strip(axis: Axes, measure: Measure, tint: Mapping[str, str]) -> None:
    axis.axhline(0, color=RULE, linewidth=1, zorder=0)
    for key, anchor in _anchors(measure.rows[0]).items():
        axis.plot(anchor, 0, ANCHORS[key][1], color=MUTED, markersize=7, fillstyle="none")
    rows = [(row, row.value) for row in measure.rows if row.value is not None]
    for place, (row, value) in enumerate(rows):
        colour = tint.get(row.candidate, INK)
        height = 0.35 * ((len(rows) - 1) / 2 - place)  # side by side, so that none hides another
        if row.ci_low is not None and row.ci_high is not None:
            axis.plot([row.ci_low, row.ci_high], [height, height], color=colour, linewidth=2)
        axis.plot(value, height, "o", color=colour, markersize=7, markeredgecolor="white")
    reach = max(1.0, 0.2 * len(rows) + 0.3)
    axis.set_ylim(-reach, reach)
    axis.set_yticks([0], [wrapped(measure.label, 34)])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.margins(x=0.06)


def _legend(figure: Figure, tint: Mapping[str, str], shown: Sequence[Measure]) -> None:
    from matplotlib.lines import Line2D

    keys = [k for k in ANCHORS if any(k in _anchors(m.rows[0]) for m in shown)]
    marks = [
        Line2D([], [], marker=ANCHORS[k][1], linestyle="", color=MUTED, fillstyle="none")
        for k in keys
    ]
    present = [n for n in tint if any(r.candidate == n for m in shown for r in m.rows)]
    marks += [Line2D([], [], marker="o", linestyle="", color=tint[n]) for n in present]
    figure.legend(
        marks,
        [ANCHORS[k][0] for k in keys] + [short(n) for n in present],
        loc="outside upper center",
        ncols=min(6, len(marks)),
        frameon=False,
        fontsize=8,
    )


def forest(measures: Sequence[Measure], names: Sequence[str]) -> Picture | None:
    """Trained on synthetic against trained on real, both tested on the holdout, with intervals."""
    rows = [(m, r) for m in measures for r in m.rows if r.value is not None]
    if not any(r.ci_low is not None for _, r in rows):
        return None
    tint = colours(names)
    measured = list(dict.fromkeys(m.label for m, _ in rows))

    def paint(figure: Figure) -> None:
        heights = [sum(m.label == label for m, _ in rows) + 0.6 for label in measured]
        axes = figure.subplots(
            len(measured), 1, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        for axis, label in zip(axes[:, 0], measured, strict=True):
            _forest_panel(axis, label, [r for m, r in rows if m.label == label], tint)

    height = 0.34 * len(rows) + 0.75 * len(measured) + 0.4
    words = "; ".join(f"{m.label}, {r.candidate}: {number(r.value)}" for m, r in rows)
    return Picture(
        "utility",
        Sketch(paint, (8.2, height), BOTH),
        f"Models trained on synthetic rows, tested on real holdout rows. {words}.",
        "Models trained on synthetic rows and tested on the real holdout, with 95 % intervals. "
        "The dashed line is the same model trained on real rows, the dotted line the floor.",
        tuple(_row(m, r) for m, r in rows),
    )


def _forest_panel(axis: Axes, label: str, rows: Sequence[Result], tint: Mapping[str, str]) -> None:
    for key, style in (("A0", ":"), ("A1", "--")):
        value = _anchors(rows[0]).get(key)
        if value is not None:
            axis.axvline(value, color=MUTED, linestyle=style, linewidth=1)
    for place, row in enumerate(rows):
        colour = tint.get(row.candidate, INK)
        if row.ci_low is not None and row.ci_high is not None:
            axis.plot([row.ci_low, row.ci_high], [place, place], color=colour, linewidth=2)
        if row.value is not None:
            axis.plot([row.value], [place], "o", color=colour, markersize=6)
    axis.set_yticks(range(len(rows)), [short(row.candidate) for row in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_title(short(label, 70), loc="left", fontsize=9, color=INK)
    axis.margins(x=0.08)


def overlays(candidate: str, marginals: Sequence[Marginal]) -> Picture | None:
    """Distributions of the columns: real as an outline, synthetic filled."""
    shown = [m for m in marginals if m.real and m.synthetic and len(m.labels)][:_MOST_COLUMNS]
    if not shown:
        return None
    rows = -(-len(shown) // 3)

    def paint(figure: Figure) -> None:
        axes = list(figure.subplots(rows, 3, squeeze=False).flat)
        for axis, marginal in zip(axes, shown, strict=False):
            _overlay(axis, marginal)
        for axis in axes[len(shown) :]:
            axis.set_axis_off()
        handles = figure.axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=3, frameon=False, fontsize=8)

    left = len(marginals) - len(shown)
    rest = f" {left} further columns are in the table of this figure." if left else ""
    columns = ", ".join(short(m.column) for m in shown)
    return Picture(
        f"marginals__{file_part(candidate)}",
        Sketch(paint, (8.2, 1.75 * rows + 0.6), BOTH),
        f"Distributions of {columns} in real and in synthetic rows of {candidate}.",
        f"Share of rows by value, {candidate}: real training rows as an outline, synthetic rows "
        f"filled. A hatched place is withheld because fewer than ten people stand there.{rest}",
        tuple(_marginal_rows(candidate, marginals)),
    )


def _marginal_rows(candidate: str, marginals: Sequence[Marginal]) -> Iterator[Row]:
    """A line for each bin or level of each column; a share that is withheld is empty."""
    for each in marginals:
        sides = {"real": each.real, "synthetic": each.synthetic, "holdout": each.holdout}
        count = max(len(side or ()) for side in sides.values())
        for i in range(count):
            label = each.labels[i] if i < len(each.labels) else ""
            edge = f"{label} to {each.labels[i + 1]}" if len(each.labels) == count + 1 else label
            shares = {k: side[i] if side and i < len(side) else None for k, side in sides.items()}
            yield {"candidate": candidate, "column": each.column, "value": edge, **shares}


def _overlay(axis: Axes, marginal: Marginal) -> None:
    count = len(marginal.synthetic or ())
    places = range(count)
    synthetic = [v or 0.0 for v in marginal.synthetic or ()]
    real = [v or 0.0 for v in (marginal.real or ())[:count]]
    axis.bar(places, synthetic, width=0.9, color=COLOURS[5], alpha=0.75, label="synthetic")
    axis.bar(
        range(len(real)), real, width=0.9, fill=False, edgecolor=INK, linewidth=1, label="real"
    )
    hidden = [i for i, v in enumerate((marginal.real or ())[:count]) if v is None]
    top = max([*synthetic, *real, 1e-9])
    axis.bar(hidden, [top] * len(hidden), width=0.9, color="none", edgecolor=RULE, hatch="///")
    axis.set_title(short(marginal.column), fontsize=8.5, loc="left", color=INK)
    _tick_labels(axis, marginal, count)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)


def _tick_labels(axis: Axes, marginal: Marginal, count: int) -> None:
    """Bin edges stand between the bars, names under them; of a range the lower end is enough."""
    labels: Sequence[Any] = marginal.labels
    if marginal.kind == "numeric":
        labels = [str(label).split(" to ")[0] for label in labels]
    if len(labels) == count + 1:
        step = max(1, count // 4)
        marks = list(range(0, count + 1, step))
        axis.set_xticks([m - 0.5 for m in marks], [number(labels[m], 1) for m in marks])
    else:
        names = [short(label, 12 if count < 4 else 9) for label in labels[:count]]
        step = max(1, -(-sum(map(len, names)) // 34))
        axis.set_xticks(range(0, len(names), step), names[::step])
    axis.tick_params(axis="x", labelsize=7, length=2)


def runtimes(candidates: Sequence[CandidatePart]) -> Picture | None:
    """How long each generator took, failed ones included."""
    rows = [(c, c.seconds) for c in candidates if c.seconds]
    if not rows:
        return None
    tint = colours([c.id for c in candidates])

    def paint(figure: Figure) -> None:
        axis = figure.subplots()
        for place, (each, seconds) in enumerate(rows):
            done = each.status == "ok"
            fill = tint[each.id] if done else "none"
            axis.barh(place, seconds, height=0.6, color=fill, edgecolor=tint[each.id])
            words = duration(seconds) + ("" if done else f" ({each.status})")
            axis.annotate(words, (seconds, place), (5, 0), textcoords="offset points", va="center")
        axis.set_yticks(range(len(rows)), [short(c.id) for c, _ in rows])
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_xlabel("seconds")
        axis.margins(x=0.18)

    words = "; ".join(f"{c.id} {duration(seconds)}" for c, seconds in rows)
    return Picture(
        "run_times",
        Sketch(paint, (8.2, 0.36 * len(rows) + 0.8), SYNTHETIC),
        f"Run time by candidate: {words}.",
        "Run time by candidate, fitting and sampling together; an empty bar gave no file.",
        tuple({"candidate": c.id, "seconds": s, "status": c.status} for c, s in rows),
    )


def _anchors(result: Result) -> dict[str, float]:
    return {k: v for k in ANCHORS if (v := result.anchors.get(k)) is not None}


def _spoken(measure: Measure) -> str:
    return ", ".join(f"{row.candidate} {number(row.value)}" for row in measure.rows)
