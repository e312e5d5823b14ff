"""One report in four forms: what stands in one stands in the others."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from typing import Any

import docx
import pytest

from synthcraft.graph.errors import InputError
from synthcraft.tools.disclosure.report import released_results
from synthcraft.tools.report.contents import CHAPTERS
from synthcraft.tools.report.forms import report_bytes
from synthcraft.tools.report.pdf import as_pdf
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.word_document import as_docx


@pytest.fixture(scope="module")
def word(html: str) -> Any:
    """The whole record as a Word document."""
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
    pictures = {"figures/anchors.csv": dot, "figures/flow.csv": dot}
    return docx.Document(io.BytesIO(as_docx(html, pictures, "A title\x00", "2026-03-02")))


def test_headings_of_the_document_are_numbered_in_order(word: Any) -> None:
    found = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    numbered = [text for text in found if text[0].isdigit()]
    assert numbered == [f"{i} {chapter.title}" for i, chapter in enumerate(CHAPTERS)]


def test_tables_and_pictures_are_in_the_document(word: Any, html: str) -> None:
    assert len(word.tables) == html.count("<table")
    cells = [cell.text for table in word.tables for cell in table._cells]
    assert any("0.741 to 0.853" in text for text in cells)
    assert any("struct_max_indegree: " in text for text in cells)
    assert len(word.inline_shapes) == 2
    told = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    assert any("Flow of the rows" in text for text in told)
    heads = [t for t in word.tables if t.rows[0]._tr.xpath("./w:trPr/w:tblHeader")]
    assert len(heads) == html.count("<thead")


def test_spans_keep_cells_in_their_columns(word: Any) -> None:
    table = next(t for t in word.tables if t.cell(0, 0).text.startswith("Measure\n") or (
        t.cell(0, 0).text == "Measure" and "Candidate" in t.cell(0, 1).text))  # fmt: skip
    assert {c.text for c in table.columns[1].cells} >= {"bayesian_network", "ctgan"}


def test_a_document_of_an_empty_run_is_whole(empty_record: ReportRecord) -> None:
    made = report_bytes(empty_record, "docx")
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert parts.testzip() is None
    words = "\n".join(p.text for p in docx.Document(io.BytesIO(made)).paragraphs)
    assert "No generator has run" in words and "Nobody has approved anything yet" in words


def test_json_is_the_machine_readable_results(lean: ReportRecord) -> None:
    made = json.loads(report_bytes(lean, "json"))
    assert made == released_results(lean.results).value.payload()
    assert made["data"]["rows"] == 2925 and lean.results.data.rows == 2924


def test_pages_are_drawn_and_nothing_is_fetched(empty_record: ReportRecord) -> None:
    weasyprint = pytest.importorskip("weasyprint", reason="needs Pango", exc_type=OSError)
    assert weasyprint
    made = report_bytes(empty_record, "pdf")
    assert made.startswith(b"%PDF-") and made.rstrip().endswith(b"%%EOF")
    plain = as_pdf("<p>x</p>")
    asking = as_pdf("<p>x</p><img src='http://127.0.0.1:9/x.png'><img src='file:///etc/hostname'>")
    assert b"/Subtype /Image" not in asking and abs(len(asking) - len(plain)) < 500


@pytest.mark.parametrize(
    ("module", "form", "extra"),
    [("weasyprint", "pdf", "synthcraft[pdf]"), ("docx", "docx", "synthcraft[docx]")],
)
def test_a_missing_package_is_named_with_what_to_do(
    module: str, form: Any, extra: str, empty_record: ReportRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as caught:
        report_bytes(empty_record, form)
    assert extra in str(caught.value.hint)
