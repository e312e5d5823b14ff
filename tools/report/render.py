"""The report: one HTML file that asks for nothing from outside itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from synthcraft.tools.report import plots, words
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.profile_table import profile_rows
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import Measure, Section, arrange, label_of, subset_of

_TEMPLATES = Path(__file__).parent / "templates"
_LOUD = ("fail", "error", "not_assessed", "suppressed", "uninformative", "refer")


def render_html(record: ReportRecord) -> str:
    """The whole report; equal records give equal bytes, and any part may be missing."""
    sections = arrange(record.results.results)
    context = {
        "record": record,
        "results": record.results,
        "candidates": record.results.candidates,
        "titles": {r.metric_id: label_of(r) for r in record.results.results},
        "verdicts": {v.candidate: v for v in record.verdicts},
        "sections": sections,
        "profile": profile_rows(record.profile, record.plan),
        "automatic": [a for a in record.approvals if words.is_auto(a.actor, record.auto_approver)],
        "loud": {status: _with_status(record, status) for status in _LOUD},
        "pictures": pictures(record, sections),
        "css": Markup((_TEMPLATES / "report.css").read_text("utf-8")),
    }
    return templates().get_template("report.html.j2").render(context)


def pictures(record: ReportRecord, sections: list[Section]) -> dict[str, list[Picture]]:
    """Figures by the section that they belong to."""
    names = [c.id for c in record.results.candidates]
    by_key = {section.key: section for section in sections}
    utility = by_key["utility"].whole if "utility" in by_key else []
    found: dict[str, list[Picture | None]] = {
        "summary": [plots.anchor_strips(headline(record, sections), names)],
        "utility": [plots.forest([m for m in utility if _has_interval(m)], names)],
        "fidelity": [plots.overlays(name, each) for name, each in record.marginals.items()],
        "generators": [plots.runtimes(record.results.candidates)],
    }
    return {key: [p for p in each if p is not None] for key, each in found.items()}


def headline(record: ReportRecord, sections: list[Section]) -> list[Measure]:
    """Measures that the verdicts name, else every whole-table measure that has anchors."""
    named = {metric for verdict in record.verdicts for metric in verdict.headline}
    whole = [m for s in sections for m in s.whole if any(r.anchors for r in m.rows)]
    chosen = [m for m in whole if any(r.metric_id in named for r in m.rows)]
    return chosen or whole


def breakable(name: str) -> Markup:
    """A technical name that may go on to the next line after an underscore."""
    return Markup("_<wbr>").join(name.split("_"))


def _has_interval(measure: Measure) -> bool:
    return any(row.ci_low is not None for row in measure.rows)


def _with_status(record: ReportRecord, status: str) -> list[Result]:
    return [r for r in record.results.results if r.status == status]


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Templates with the words and numbers of this house, escaped by default."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "number": words.number,
        "percent": words.percent,
        "duration": words.duration,
        "setting": words.setting,
        "plain": words.plain,
        "sentence": words.sentence,
        "timestamp": words.timestamp,
        "breakable": breakable,
        "auto_name": words.auto_name,
        "basename": lambda path: Path(path).name,
        "label": label_of,
        "subset": subset_of,
    }
    environment.filters.update(filters)
    environment.globals.update(
        status_words=words.STATUS_WORDS,
        state_tones=words.STATE_TONES,
        use_cases=words.USE_CASES,
        run_words=words.RUN_WORDS,
        interval=words.interval,
        is_auto=words.is_auto,
        auto_name=words.auto_name,
    )
    return environment
