"""Every figure by the section that it belongs to; the tables behind them as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from synthcraft.tools.report import plots
from synthcraft.tools.report.calibration import calibration
from synthcraft.tools.report.coefficients import coefficients
from synthcraft.tools.report.figure import Drawing, NotDrawn
from synthcraft.tools.report.group_forest import group_forest
from synthcraft.tools.report.heatmap import heatmap
from synthcraft.tools.report.plane import plane
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.printed import Printed
from synthcraft.tools.report.record import Marginal
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.roc import attack_roc
from synthcraft.tools.report.sections import Measure, Section
from synthcraft.tools.report.survival_curves import survival_curves

Shown = Drawing | Printed
Gallery = dict[str, list[Shown]]


@dataclass(frozen=True)
class Material:
    """What figures are drawn from: records alone.

    Attributes:
        names: candidates in the order of their colours.
        headline: metric ids of the summary's figure; empty: every measure with anchors.
        task: what kind of outcome was agreed.
        plot_data: by candidate, the checked curves that no single result holds.
    """

    results: Sequence[Result]
    sections: Sequence[Section]
    names: Sequence[str]
    headline: frozenset[str] = frozenset()
    task: str | None = None
    marginals: Mapping[str, Sequence[Marginal]] = field(default_factory=dict)
    plot_data: Mapping[str, PlotData] = field(default_factory=dict)


def gallery(of: Material) -> Gallery:
    """Figures by section; what has no data at all is left out, what failed says why."""
    whole = {section.key: section.whole for section in of.sections}
    tried = [m for m in whole.get("utility", []) if _is_performance(m)]
    found: dict[str, list[Shown | None]] = {
        "summary": [plots.anchor_strips(_headline(of), of.names), plane(of.results, of.names)],
        "fidelity": [
            heatmap(of.plot_data),
            *(plots.overlays(name, each) for name, each in of.marginals.items()),
        ],
        "utility": [
            plots.forest(tried, of.names),
            calibration(of.plot_data),
            survival_curves(of.plot_data),
        ],
        "inference": [coefficients(of.results, of.names, of.task)],
        "inference_tables": list(_printed(of.plot_data)),
        "subgroup": [group_forest(of.results, of.names)],
        "privacy": [attack_roc(of.plot_data)],
    }
    return {key: [d for d in each if d is not None] for key, each in found.items()}


def _printed(data: Mapping[str, PlotData]) -> Iterator[Printed]:
    """Every table under the name of its file; one that is of real rows alone, once."""
    seen: set[str] = set()
    for name, each in data.items():
        for table in each.tables:
            shown = table if table.real_alone else table.of(name)
            if shown.name not in seen:
                seen.add(shown.name)
                yield shown


def _is_performance(measure: Measure) -> bool:
    """Whether more is better: errors and calibration have figures and tables of their own."""
    known = any(row.ci_low is not None for row in measure.rows)
    return known and measure.rows[0].direction not in ("lower", "target")


def _headline(of: Material) -> list[Measure]:
    whole = [m for s in of.sections for m in s.whole if any(r.anchors for r in m.rows)]
    chosen = [m for m in whole if any(r.metric_id in of.headline for r in m.rows)]
    return chosen or whole


def tables(drawings: Iterable[Sequence[Shown]]) -> dict[str, str]:
    """File name -> CSV text of each table, and of that behind each figure that was drawn."""
    return {d.file: d.csv for each in drawings for d in each if not isinstance(d, NotDrawn)}
