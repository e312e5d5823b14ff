"""Generators that were fitted several times: every measure over the fits, drawn and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.metrics.over_fits import Spread, by_metric, spread
from synthcraft.tools.report.figure import (
    BOTH,
    MUTED,
    RULE,
    Picture,
    Row,
    Sketch,
    colours,
    file_part,
    number_of,
    short,
)
from synthcraft.tools.report.gallery import Gallery
from synthcraft.tools.report.printed import Printed
from synthcraft.tools.report.results import Result, Results
from synthcraft.tools.report.sections import label_of
from synthcraft.tools.report.study_figures import components
from synthcraft.tools.report.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEADER = ("Measure", "Fits with a number", "This file", "Mean", "SD", "Minimum", "Maximum")
_NOTE = (
    "Independent fits of the same generator to the same rows, from seeds of their own; the file is "
    "the table of the first. For privacy and copied rows the decision aid reads the worst fit, for "
    "everything else the mean."
)


@dataclass(frozen=True)
class Over:
    """One measure of one candidate, fit by fit; the first row is that of the file."""

    candidate: str
    rows: tuple[Result, ...]

    @property
    def label(self) -> str:
        """The measure in words."""
        return label_of(self.rows[0])

    @property
    def seen(self) -> Spread | None:
        """Its spread; None where fewer than two fits have a number."""
        return spread(self.rows)

    @property
    def is_endpoint(self) -> bool:
        """Whether it is one of the numbers that a file is judged by at first sight."""
        return self.rows[0].metric_id in headline_titles()


def fit_by_fit(results: Results) -> Gallery:
    """Figures and tables by section; nothing where every generator was fitted once."""
    found = measured(results.results, results.replicates)
    if not found:
        return {}
    picture = dots(found, [c.id for c in results.candidates])
    fitted = {c.id: len(c.replicates) + 1 for c in results.candidates}
    return {
        "fits": [*([picture] if picture else []), *sources(found)],
        "fits_tables": [*tables(found, fitted)],
    }


def measured(results: Sequence[Result], further: Sequence[Result]) -> list[Over]:
    """Every measure that was taken on more than one fit, endpoints first; empty for single fits."""
    found = [Over(name, tuple(rows)) for (name, _), rows in by_metric(results, further).items()]
    order = [*headline_titles()]
    ends = [each for each in found if each.is_endpoint]
    ends.sort(key=lambda each: order.index(each.rows[0].metric_id))
    return [*ends, *(each for each in found if not each.is_endpoint)]


def tables(found: Sequence[Over], fitted: Mapping[str, int]) -> list[Printed]:
    """A table a candidate; `fitted` is how often each was to be fitted."""
    names = dict.fromkeys(each.candidate for each in found)
    return [
        Printed(
            name="fits",
            title="Over independent fits",
            header=_HEADER,
            rows=tuple(_line(x, fitted.get(name, 0)) for x in found if x.candidate == name),
            notes=(_NOTE,),
        ).of(name)
        for name in names
    ]


def _line(each: Over, fitted: int) -> tuple[str, ...]:
    values = [row.value for row in each.rows if row.value is not None]
    own, seen = each.rows[0], each.seen
    known = [seen.mean, seen.sd, min(values), max(values)] if seen else [None] * 4
    file = number(own.value if own.replicate == 0 else None)
    count = f"{len(values)} of {max(fitted, len(each.rows))}"
    return each.label, count, file, *(number(value) for value in known)


def dots(found: Sequence[Over], names: Sequence[str]) -> Picture | None:
    """The main endpoints: a panel each, a line a candidate, a dot a fit."""
    shown = [each for each in found if each.is_endpoint and each.seen]
    if not shown:
        return None
    rows = tuple(_dot(each, row) for each in shown for row in each.rows)
    labels = list(dict.fromkeys(each.label for each in shown))
    tint = colours(names)

    def paint(figure: Figure) -> None:
        heights = [sum(x.label == label for x in shown) + 0.6 for label in labels]
        axes = figure.subplots(
            len(labels), 1, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        for axis, label in zip(axes[:, 0], labels, strict=True):
            _panel(axis, label, [r for r in rows if r["measure"] == label], tint)

    said = "; ".join(
        f"{x.label}, {x.candidate}: {', '.join(number(r.value) for r in x.rows)}" for x in shown
    )
    return Picture(
        "fits",
        Sketch(paint, (8.2, 0.3 * len(shown) + 0.75 * len(labels) + 0.4), BOTH),
        f"Main endpoints fit by fit, the file's own first. {said}.",
        "Main endpoints fit by fit: the filled dot is the file, open dots are the other fits, the "
        "upright stroke is their mean, the dashed line the same measure of fresh real rows.",
        rows,
    )


def _dot(each: Over, row: Result) -> Row:
    return {"measure": each.label, "candidate": each.candidate, "fit": row.replicate + 1,
            "value": row.value, "low": row.ci_low, "high": row.ci_high,
            "fresh_real": row.anchors.get("A1"),
            "mean": each.seen.mean if each.seen else None}  # fmt: skip


def _panel(axis: Axes, label: str, rows: Sequence[Row], tint: Mapping[str, str]) -> None:
    fresh = number_of(rows[0], "fresh_real")
    if fresh is not None:
        axis.axvline(fresh, color=MUTED, linewidth=1, linestyle="--")
    places = {name: i for i, name in enumerate(dict.fromkeys(str(r["candidate"]) for r in rows))}
    for row in rows:
        name, value, mean = str(row["candidate"]), number_of(row, "value"), number_of(row, "mean")
        place, colour = places[name], tint.get(name, MUTED)
        axis.axhline(place, color=RULE, linewidth=1, zorder=0)
        if mean is not None:
            axis.plot([mean], [place], "|", color=colour, markersize=14, zorder=1)
        if value is not None:
            fill, on = (colour, 4) if row["fit"] == 1 else ("white", 3)
            axis.plot([value], [place], "o", color=colour, ms=6, markerfacecolor=fill, zorder=on)
    axis.set_yticks(range(len(places)), [short(name) for name in places])
    axis.set_ylim(len(places) - 0.5, -0.5)
    axis.set_title(short(label, 70), loc="left", fontsize=9)
    axis.margins(x=0.08)


def sources(found: Sequence[Over]) -> list[Picture]:
    """A figure a candidate: how much of the endpoints' variance another fit would bring."""
    from synthcraft.tools.replicates import Components, variance_components

    titles = headline_titles()
    parts: dict[str, dict[str, Components]] = {}
    for each in found:
        if each.is_endpoint and (seen := each.seen):
            cube = {(0, fit, 0): value for fit, value in enumerate(seen.values)}
            rows = [seen.rows] if seen.rows else []
            label, _, _ = titles[each.rows[0].metric_id].partition(" (")
            parts.setdefault(each.candidate, {})[label] = variance_components(cube, rows)
    drawn = ((name, components(each)) for name, each in parts.items())
    return [
        replace(
            picture,
            name=f"{picture.name}__{file_part(name)}",
            alt=f"{name}. {picture.alt}",
            caption=f"{name}: {picture.caption}",
        )
        for name, picture in drawn
        if picture is not None
    ]
