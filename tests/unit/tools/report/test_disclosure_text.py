"""The words for a paper name what was made, and leave open what only authors know."""

from __future__ import annotations

from synthcraft.tools.report.disclosure_text import paper_texts
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.render import render_html


def test_every_table_has_its_sentences_and_failed_ones_none(lean: ReportRecord) -> None:
    texts = paper_texts(lean)
    made = {c.id: c for c in lean.results.candidates if c.status == "ok" and c.sha256}
    assert texts.keys() == made.keys() != {c.id for c in lean.results.candidates}
    for name, text in texts.items():
        assert made[name].generator in text and made[name].sha256[:16] in text
        assert "not observations of people" in text and "[yes or no]" in text
    page = render_html(lean)
    assert 'id="paper"' in page and 'href="#paper"' in page


def test_a_report_without_tables_has_no_such_section(empty_record: ReportRecord) -> None:
    assert paper_texts(empty_record) == {}
    assert "There is no synthetic file to speak of" in render_html(empty_record)


def test_names_in_it_are_text(lean: ReportRecord) -> None:
    source = lean.source.model_copy(update={"name": "<b>x</b>.csv"}) if lean.source else None
    page = render_html(lean.model_copy(update={"source": source}))
    assert "<b>x</b>" not in page
