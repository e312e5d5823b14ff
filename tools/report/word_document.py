"""The report as a Word document: the same HTML, block by block."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import InputError
from synthcraft.tools.report.word_table import fill_table

if TYPE_CHECKING:
    from docx.document import Document

Pictures = Mapping[str, bytes]
"""File of a figure's table -> the figure as PNG."""

_WIDTH_CM = 17.0
_SKIPPED = ("head", "style")
_HEADINGS = {"h1": 0, "h2": 1, "h3": 2, "h4": 3}
_BOLD, _SMALL, _FIXED = ("strong", "b", "dt"), ("small",), ("code",)


def as_docx(html: str, pictures: Pictures, title: str, created: str = "") -> bytes:
    """Headings keep the numbers of the report; tables and figures are in.

    Raises:
        InputError: python-docx is not installed.
    """
    try:
        import docx
        from lxml import html as parser
    except ImportError:
        raise InputError(
            "A Word document needs the package python-docx, which is not installed.",
            "Install it with: pip install 'synthcraft[docx]'",
        ) from None
    document = docx.Document()
    _page(document, title, created)
    tree = parser.document_fromstring(printable(html))
    _blocks(tree.find("body"), document, pictures)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def printable(text: str) -> str:
    """The text without control characters, which XML cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", text)


def _page(document: Document, title: str, created: str) -> None:
    from datetime import datetime

    from docx.shared import Cm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(2.0)
    section.header.paragraphs[0].text = f"SYNTHETIC DATA\t\t{printable(title)}"
    for style in ("Normal", "Header", *(f"Heading {i}" for i in (1, 2, 3)), "Title", "Caption"):
        _typeface(document.styles[style])
    document.styles["Normal"].font.size = Pt(9.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    facts = document.core_properties
    facts.title, facts.author, facts.comments = printable(title)[:255], "synthcraft", ""
    # equal records give equal bytes: the day is that of the record, never today
    day = created[:10] if re.match(r"\d{4}-\d{2}-\d{2}", created) else "1980-01-01"
    facts.created = facts.modified = datetime.fromisoformat(day)  # noqa: DTZ007, RUF100


def _typeface(style: Any) -> None:
    """One typeface for all: headings of the template have another one by their theme."""
    from docx.oxml.ns import qn

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(name), "Arial")


def _blocks(parent: Any, document: Document, pictures: Pictures) -> None:
    """Write every block below an element, in order."""
    if parent.text and parent.text.strip():
        document.add_paragraph(_squeezed(parent.text).strip())
    for child in parent:
        if not isinstance(child.tag, str) or child.tag in _SKIPPED:
            continue
        write = _WRITERS.get(child.tag)
        if write is None:
            _blocks(child, document, pictures)
        else:
            write(child, document, pictures)


def _heading(node: Any, document: Document, _: Pictures) -> None:
    words = document.add_heading(_text(node), _HEADINGS[node.tag])
    words.paragraph_format.page_break_before = node.get("id") == "contents-title"


def _paragraph(node: Any, document: Document, _: Pictures) -> None:
    style = "Quote" if node.getparent().tag == "blockquote" else None
    runs(document.add_paragraph(style=style), node)


def _list(node: Any, document: Document, _: Pictures) -> None:
    numbered = node.tag == "ol" and "contents" not in (node.get("class") or "")
    plain = node.tag == "ol" and not numbered
    for item in node.findall("li"):
        style = None if plain else "List Number" if numbered else "List Bullet"
        words = document.add_paragraph(style=style)
        words.paragraph_format.space_after = 0
        runs(words, item)


def _facts(node: Any, document: Document, _: Pictures) -> None:
    for pair in node.iter("div"):
        words = document.add_paragraph()
        words.add_run(f"{_text(pair.find('dt'))}: ").bold = True
        words.add_run(_text(pair.find("dd")))


def _figure(node: Any, document: Document, pictures: Pictures) -> None:
    from docx.shared import Cm

    caption = node.find("figcaption")
    link = caption.find("a") if caption is not None else None
    drawn = pictures.get(link.get("href")) if link is not None else None
    if drawn is not None:
        document.add_picture(io.BytesIO(drawn), width=Cm(_WIDTH_CM))
        _describe(document, node.find("img").get("alt") or "")
    if caption is not None:
        runs(document.add_paragraph(style="Caption"), caption)


def _describe(document: Document, alt: str) -> None:
    """What stands for the last picture where it is read aloud."""
    for shape in list(document.inline_shapes)[-1:]:
        shape._inline.docPr.set("descr", printable(alt))


def _table(node: Any, document: Document, _: Pictures) -> None:
    caption = node.find("caption")
    if caption is not None:
        document.add_paragraph(
            _text(caption), style="Caption"
        ).paragraph_format.keep_with_next = True
    fill_table(document, node, runs)
    document.add_paragraph()


def _code(node: Any, document: Document, _: Pictures) -> None:
    from docx.shared import Pt

    run = document.add_paragraph().add_run(node.text_content())
    run.font.name, run.font.size = "DejaVu Sans Mono", Pt(7)


_WRITERS: dict[str, Callable[[Any, Document, Pictures], None]] = {
    **dict.fromkeys(_HEADINGS, _heading),
    "p": _paragraph,
    "blockquote": _paragraph,
    "summary": _paragraph,
    "ul": _list,
    "ol": _list,
    "dl": _facts,
    "figure": _figure,
    "table": _table,
    "pre": _code,
}


def runs(paragraph: Any, node: Any) -> None:
    """The words of an element as runs: strong ones, small ones and code keep their look."""
    from docx.shared import Pt

    first = True
    for text, tags in _pieces(node, ()):
        if text == "\n":
            if not first:
                paragraph.add_run().add_break()
            continue
        run = paragraph.add_run(text.lstrip() if first else text)
        first = False
        run.bold = True if any(tag in _BOLD for tag in tags) else None
        if any(tag in _SMALL for tag in tags):
            run.font.size = Pt(7)
        if any(tag in _FIXED for tag in tags):
            run.font.name, run.font.size = "DejaVu Sans Mono", Pt(7)


def _pieces(node: Any, tags: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Pieces of text with the elements that they stand in; blocks inside begin a new line."""
    if node.text and node.text.strip():
        yield _squeezed(node.text), tags
    for child in node:
        if isinstance(child.tag, str):
            if child.tag in ("br", "small", "div", "ul", "li", "dl"):
                yield "\n", tags
            yield from _pieces(child, (*tags, child.tag))
            if child.tag == "dt":
                yield ": ", tags
        if child.tail and (child.tail.strip() or child.tag in ("span", "a", "strong")):
            yield _squeezed(child.tail), tags


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _text(node: Any) -> str:
    return _squeezed(node.text_content()).strip() if node is not None else ""
