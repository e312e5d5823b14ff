"""The report on files from elsewhere: one self-contained page, files side by side."""

from __future__ import annotations

from synthcraft.tools.compare.record import Comparison
from synthcraft.tools.disclosure.comparison import Curves
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.legacy.panel import PANELS
from synthcraft.tools.legacy.table import legacy_table
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.report.gallery import Gallery, Material, gallery
from synthcraft.tools.report.printed import Printed
from synthcraft.tools.report.render import stylesheet, templates
from synthcraft.tools.report.sections import arrange, names_of


def render_comparison(released: Released[Comparison], drawings: Gallery) -> str:
    """The whole page; equal records give equal bytes."""
    record = released.value
    results = [row for file in record.files for row in file.results]
    sections = arrange(results)
    context = {
        "record": record,
        "files": record.files,
        "plan": record.evaluation_plan,
        "sections": sections,
        "titles": names_of(results, record.evaluation_plan.limits),
        "open_items": _open_items(record),
        "always_said": _always_said(record),
        "pictures": drawings,
        "legacy": legacy_tables(record),
        "css": stylesheet(),
    }
    return templates().get_template("comparison.html.j2").render(context)


def legacy_tables(record: Comparison) -> list[Printed]:
    """Numbers of synthcity itself by file and panel; empty where they were not asked for."""
    return [
        legacy_table(panel, file.legacy).of(file.id)
        for file in record.files
        if file.legacy
        for panel in PANELS
    ]


def _open_items(record: Comparison) -> dict[str, list[str]]:
    """What was not assessed -> the files that it holds for."""
    found: dict[str, list[str]] = {}
    for file in record.files:
        for item in file.decision.not_assessed:
            found.setdefault(item, []).append(file.id)
    return found


def _always_said(record: Comparison) -> list[str]:
    """Each line once, whichever file it was said of."""
    return list(dict.fromkeys(line for f in record.files for line in f.decision.always_said))


def pictures(released: Released[Comparison], curves: Released[Curves]) -> Gallery:
    """Figures by the section that they belong to."""
    record = released.value
    results = [row for file in record.files for row in file.results]
    return gallery(
        Material(
            results=results,
            sections=arrange(results),
            names=[file.id for file in record.files],
            headline=frozenset(headline_titles()),
            task=record.evaluation_plan.plan.get("roles", {}).get("task"),
            marginals=curves.value.marginals,
            plot_data=curves.value.plot_data,
        )
    )
