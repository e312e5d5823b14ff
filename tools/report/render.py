"""The report: one HTML file that asks for nothing from outside itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.disclosure.report import released_report
from synthcraft.tools.report import plots, words
from synthcraft.tools.report.checklists import checklists
from synthcraft.tools.report.contents import CHAPTERS, numbers
from synthcraft.tools.report.disclosure_text import paper_texts
from synthcraft.tools.report.fits import fit_by_fit
from synthcraft.tools.report.fits_missing import missing_fits
from synthcraft.tools.report.flow import flow
from synthcraft.tools.report.gallery import Gallery, Material, gallery
from synthcraft.tools.report.governance import intended_use, source_lines
from synthcraft.tools.report.language_use import NO_TEXT
from synthcraft.tools.report.profile_table import profile_rows
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.residual import residual_risk
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import Section, arrange, label_of, names_of, subset_of
from synthcraft.tools.report.steward import DETAILS, SHOWN, brief
from synthcraft.tools.report.threats import threats

_TEMPLATES = Path(__file__).parent / "templates"
_ROLES = ("intake", "intent")
"""Gates at which the roles of columns are confirmed."""
_LOUD = ("fail", "error", "not_assessed", "suppressed", "uninformative", "refer")


def render_html(record: ReportRecord, drawings: Gallery | None = None) -> str:
    """The whole report; equal records give equal bytes, and any part may be missing.

    `drawings` are its `pictures`, where they were drawn before.
    """
    return page(released_report(record), drawings)


def pictures(record: ReportRecord) -> Gallery:
    """Figures by the section that they belong to."""
    return _drawn(released_report(record))


def page(released: Released[ReportRecord], drawings: Gallery | None = None) -> str:
    """The same of a record that passed output control."""
    record = released.value
    sections = arrange(record.results.results)
    drawn = _drawn(released) if drawings is None else drawings
    context = {
        "record": record,
        "results": record.results,
        "candidates": record.results.candidates,
        "titles": names_of(record.results.results, record.thresholds),
        "verdicts": {v.candidate: v for v in record.verdicts},
        **_chapters(sections, fits="fits_tables" in drawn),
        "brief": brief(record),
        "most_lines": SHOWN,
        "details": DETAILS,
        "use": intended_use(record.results, record.governance, record.created),
        "source_lines": source_lines(record.governance),
        "confirmed": [a for a in record.approvals if a.gate in _ROLES and a.verdict == "approve"],
        "threats": threats(record),
        "residual": residual_risk(record),
        "lists": checklists(record),
        "no_text": NO_TEXT,
        "limits_level": 3,
        "profile": profile_rows(record.profile, record.plan, record.least_cell),
        "automatic": record.automatic,
        "loud": {status: _with_status(record, status) for status in _LOUD},
        "pictures": drawn,
        "paper_texts": paper_texts(record),
        "css": stylesheet(),
    }
    return templates().get_template("report.html.j2").render(context)


def _chapters(sections: list[Section], *, fits: bool) -> dict[str, Any]:
    """The list of contents, and the sections of measures by the chapter that they stand in."""
    there = {section.key: section for section in sections}
    titles = {key: section.title for key, section in there.items()}
    titles |= {"fits": "Fit by fit"} if fits else {}
    below = {c.key: [(key, titles[key]) for key in c.parts if key in titles and key != c.key]
             for c in CHAPTERS}  # fmt: skip
    measured = {c: [there[key] for key in c.parts if key in there] for c in CHAPTERS}
    return {
        "numbers": numbers(titles),
        "chapters": {c.key: c.title for c in CHAPTERS},
        "contents": [{"key": c.key, "title": c.title, "parts": below[c.key]} for c in CHAPTERS],
        "measured": [
            {"key": c.key, "title": c.title, "sections": found}
            for c, found in measured.items()
            if found
        ],
    }


def stylesheet() -> Markup:
    """The look of every page."""
    return Markup((_TEMPLATES / "report.css").read_text("utf-8"))


def _drawn(released: Released[ReportRecord]) -> Gallery:
    record = released.value
    results = record.results
    found = gallery(
        Material(
            results=results.results,
            sections=arrange(results.results),
            names=[c.id for c in results.candidates],
            headline=frozenset(m for verdict in record.verdicts for m in verdict.headline),
            task=results.plan.task,
            marginals=record.marginals,
            plot_data=record.plot_data,
        )
    )
    own = {
        "generators": plots.runtimes(results.candidates),
        "split": flow(results.data, results.candidates),
    }
    drawn: Gallery = {key: [picture] for key, picture in own.items() if picture is not None}
    return {**found, **drawn, **fit_by_fit(results)}


def breakable(name: str) -> Markup:
    """A technical name that may go on to the next line after an underscore."""
    return Markup("_<wbr>").join(name.split("_"))


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
        "p_value": words.p_value,
        "duration": words.duration,
        "share_of_drawn": words.share_of_drawn,
        "setting": words.setting,
        "plain": words.plain,
        "sentence": words.sentence,
        "timestamp": words.timestamp,
        "breakable": breakable,
        "auto_name": words.auto_name,
        "basename": lambda path: Path(path).name,
        "label": label_of,
        "missing_fits": missing_fits,
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
        numbers={},
        limits_level=2,
    )
    return environment
