"""The report: one HTML file that asks for nothing from outside itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from synthcraft.tools.report import plots, words
from synthcraft.tools.report.fits import fit_by_fit
from synthcraft.tools.report.fits_missing import missing_fits
from synthcraft.tools.report.flow import flow
from synthcraft.tools.report.gallery import Gallery, Material, gallery
from synthcraft.tools.report.profile_table import profile_rows
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import Result
from synthcraft.tools.report.sections import arrange, label_of, subset_of

_TEMPLATES = Path(__file__).parent / "templates"
_LOUD = ("fail", "error", "not_assessed", "suppressed", "uninformative", "refer")


def render_html(record: ReportRecord, drawings: Gallery | None = None) -> str:
    """The whole report; equal records give equal bytes, and any part may be missing.

    `drawings` are its `pictures`, where they were drawn before.
    """
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
        "pictures": pictures(record) if drawings is None else drawings,
        "css": stylesheet(),
    }
    return templates().get_template("report.html.j2").render(context)


def stylesheet() -> Markup:
    """The look of every page."""
    return Markup((_TEMPLATES / "report.css").read_text("utf-8"))


def pictures(record: ReportRecord) -> Gallery:
    """Figures by the section that they belong to."""
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
    )
    return environment
