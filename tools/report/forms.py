"""The report in every form that it can be had in."""

from __future__ import annotations

from typing import Literal

from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.disclosure.report import released_results
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.gallery import Gallery
from synthcraft.tools.report.pdf import as_pdf
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.render import pictures, render_html
from synthcraft.tools.report.results import Results
from synthcraft.tools.report.word_document import as_docx
from synthcraft.tools.report.writers import as_json

Form = Literal["html", "pdf", "docx", "json"]


def report_bytes(record: ReportRecord, form: Form) -> bytes:
    """One file; all but JSON come from the same HTML.

    Raises:
        InputError: the package or library for that form is missing.
    """
    if form == "json":
        return _json(released_results(record.results))
    drawn = pictures(record)
    html = render_html(record, drawn)
    if form == "pdf":
        return as_pdf(html)
    if form == "docx":
        name = record.source.name if record.source else record.results.session
        return as_docx(html, _dots(drawn), f"Synthetic data report: {name}", record.created)
    return html.encode("utf-8", "replace")


def _json(released: Released[Results]) -> bytes:
    return as_json(released.value.payload()).encode()


def _dots(drawn: Gallery) -> dict[str, bytes]:
    return {d.file: d.sketch.png for each in drawn.values() for d in each if isinstance(d, Picture)}
