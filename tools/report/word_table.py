"""A table of HTML as a table of Word: spans, header rows that repeat, small type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

Write = Callable[[Any, Any], None]
"""Fills a paragraph with the words of an element."""
Cell = tuple[int, int, int, int, Any]
"""Row, column, rows, columns, element."""
_WIDE_CM = 17.0
_NARROWEST = 4.0
"""Letters that every column has room for."""
_LONGEST = 16
"""Letters of a word that is still kept on one line."""


def fill_table(document: Document, node: Any, write: Write) -> None:
    """Add a table; one without cells is left out."""
    cells, height, width = placed(node)
    if not cells:
        return
    table = document.add_table(rows=height, cols=width, style="Table Grid")
    grid = list(table._cells)  # the property walks the whole table each time
    heads = len(node.xpath("./thead/tr"))
    _widths(table, grid, cells, width)
    for row, column, down, across, element in cells:
        cell = grid[row * width + column]
        if down > 1 or across > 1:
            cell = cell.merge(grid[(row + down - 1) * width + column + across - 1])
        words = cell.paragraphs[0]
        write(words, element)
        _small(words, bold=element.tag == "th")
    for i, row in enumerate(table.rows):
        _mark(row, "w:cantSplit")
        if i < heads < height:
            _mark(row, "w:tblHeader")


def placed(node: Any) -> tuple[list[Cell], int, int]:
    """Every cell with its place in the grid, and the size of the grid."""
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    rows = node.xpath("./thead/tr|./tbody/tr|./tr")
    for i, line in enumerate(rows):
        column = 0
        for element in line.xpath("./th|./td"):
            while (i, column) in taken:
                column += 1
            down = min(int(element.get("rowspan") or 1), len(rows) - i)
            across = int(element.get("colspan") or 1)
            taken |= {(i + d, column + a) for d in range(down) for a in range(across)}
            cells.append((i, column, down, across, element))
            column += across
    width = max((column for _, column in taken), default=-1) + 1
    return cells, len(rows), width


def _widths(table: Any, grid: Sequence[Any], cells: Sequence[Cell], width: int) -> None:
    """Give each column room by what stands in it: long texts break, words do not."""
    from docx.shared import Cm

    needs = [_NARROWEST] * width
    for _, column, _, across, element in cells:
        if across == 1:
            needs[column] = max(needs[column], _need(" ".join(element.itertext())))
    table.autofit = False
    shares = [Cm(_WIDE_CM * need / sum(needs)) for need in needs]
    for column, share in zip(table.columns, shares, strict=True):
        column._gridCol.w = share
    for i, cell in enumerate(grid):
        cell.width = shares[i % width]


def _need(text: str) -> float:
    words = text.split()
    longest = max(map(len, words), default=0)
    return float(max(min(longest, _LONGEST), sum(map(len, words)) ** 0.6))


def _small(paragraph: Any, *, bold: bool) -> None:
    """Small type; what stands below a name in a header is smaller and not bold."""
    from docx.shared import Pt

    paragraph.paragraph_format.space_after = Pt(0)
    for run in paragraph.runs:
        if run.font.size is None:
            run.font.size = Pt(7.5)
            run.bold = True if bold else run.bold
        elif bold:
            run.bold = False


def _mark(row: Any, name: str) -> None:
    """Set a property of a row: it repeats on every page, or stays on one."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
