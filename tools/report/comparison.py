"""The report on files from elsewhere: one self-contained page, files side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from synthcraft.tools.compare.record import Comparison
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.report import plots
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.record import Marginal
from synthcraft.tools.report.render import templates
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import Section, arrange, label_of

_TEMPLATES = Path(__file__).parent / "templates"


def render_comparison(
    record: Comparison, marginals: Mapping[str, Sequence[Mapping[str, Any]]]
) -> str:
    """The whole page; equal records give equal bytes."""
    results = [row for file in record.files for row in file.results]
    sections = arrange(results)
    context = {
        "record": record,
        "files": record.files,
        "plan": record.evaluation_plan,
        "sections": sections,
        "titles": {row.metric_id: label_of(row) for row in results},
        "open_items": _open_items(record),
        "always_said": _always_said(record),
        "pictures": _pictures(record, sections, marginals),
        "css": Markup((_TEMPLATES / "report.css").read_text("utf-8")),
    }
    return templates().get_template("comparison.html.j2").render(context)


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


def _pictures(
    record: Comparison,
    sections: Sequence[Section],
    marginals: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, list[Picture]]:
    """Figures by the section that they belong to."""
    names = [file.id for file in record.files]
    whole = {section.key: section.whole for section in sections}
    shown = [m for measures in whole.values() for m in measures if _is_headline(m.rows)]
    tried = [m for m in whole.get("utility", []) if any(r.ci_low is not None for r in m.rows)]
    overlays = [
        plots.overlays(name, [Marginal.model_validate(column) for column in columns])
        for name, columns in marginals.items()
    ]
    found: dict[str, list[Picture | None]] = {
        "summary": [plots.anchor_strips(shown, names)],
        "utility": [plots.forest(tried, names)],
        "fidelity": [*overlays],
    }
    return {key: [p for p in each if p is not None] for key, each in found.items()}


def _is_headline(rows: Sequence[Result]) -> bool:
    return any(row.metric_id in headline_titles() for row in rows)
