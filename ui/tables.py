"""Tables of the page: typed records to headers and rows, and those to HTML or Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthcraft.graph.contracts import Proposal
from synthcraft.graph.records import Candidate, Verdict
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.ui.text import duration, md, number, one_line, tag

Table = tuple[list[str], list[list[str]]]
"""Headers and rows; shown as text."""
_WIDE = 5
"""A table with more columns than this is turned when it has fewer rows."""


def table_of(rows: Sequence[dict[str, str]]) -> Table:
    """The small table of a proposal; columns in order of appearance."""
    headers = list(dict.fromkeys(key for row in rows for key in row))
    return headers, [[one_line(row.get(key, "")) for key in headers] for row in rows]


def turned(table: Table) -> Table:
    """A wide table with its columns as rows; any other as it is."""
    headers, rows = table
    if len(headers) <= _WIDE or len(rows) >= len(headers):
        return table
    return [headers[0], *(row[0] for row in rows)], [
        [name, *(row[i] for row in rows)] for i, name in enumerate(headers) if i
    ]


def html_table(table: Table, caption: str) -> str:
    """A table as HTML; first column as row headers."""
    headers, _ = table
    head = "".join(f'<th scope="col">{tag(cell)}</th>' for cell in headers)
    return _framed(table, head, caption)


def sortable(table: Table, caption: str, numeric: Sequence[str] = ()) -> str:
    """A table whose headers are buttons that sort it in the browser; see `sorting`."""
    headers, _ = table
    head = "".join(
        f'<th scope="col" aria-sort="none"{" data-number" if cell in numeric else ""}>'
        f'<button type="button" class="sc-sort">{tag(cell)}</button></th>'
        for cell in headers
    )
    return _framed(table, head, caption)


def _framed(table: Table, head: str, caption: str) -> str:
    _, rows = table
    if not rows:
        return ""
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    return (
        f'<div class="sc-table" tabindex="0" role="region" aria-label="{tag(caption)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: list[str]) -> str:
    cells = "".join(f"<td>{tag(cell)}</td>" for cell in row[1:])
    return f'<th scope="row">{tag(row[0])}</th>{cells}'


def card_table(proposal: Proposal, told: Mapping[str, str] | None = None) -> str:
    """The small table of a proposal as HTML.

    Args:
        proposal: the card.
        told: name of a row -> what its numbers mean; a column of its own where the table is turned.
    """
    headers, rows = table_of(proposal.table)
    headers, rows = turned(([name[:1].upper() + name[1:] for name in headers], rows))
    if told and any(row[0] in told for row in rows):
        headers, rows = [*headers, "Good, bad"], [[*row, told.get(row[0], "")] for row in rows]
    return html_table((headers, rows), "Details of the card")


def markdown_table(rows: Sequence[dict[str, str]]) -> str:
    """The same as Markdown, for the record in the conversation."""
    headers, body = table_of(rows)
    if not headers:
        return ""
    lines = [headers, ["---"] * len(headers), *body]
    cells = [line if line[:1] == ["---"] else [md(cell) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def results(candidates: Sequence[Candidate], verdicts: Sequence[Verdict]) -> Table:
    """A column a candidate: what it is, what the decision aid says, its headline numbers."""
    judged = {v.candidate: v for v in verdicts}
    measured = {name for v in verdicts for name in v.headline}
    metrics = {name: title for name, title in headline_titles().items() if name in measured}
    columns = [_column(one, judged.get(one.id), metrics) for one in candidates]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [[name, *(one_line(column.get(name, "")) for column in columns)] for name in names]
    return ["", *(one_line(one.id) for one in candidates)], [row for row in rows if any(row[1:])]


def _column(one: Candidate, verdict: Verdict | None, metrics: Mapping[str, str]) -> dict[str, str]:
    numbers = verdict.headline if verdict else {}
    return {
        "Decision aid": verdict.state if verdict else not_judged(one),
        **{t: number(numbers[m]) if m in numbers else "–" for m, t in metrics.items()},
        "Generator": one.generator,
        "Claim level": one.claim_level,
        "Rows": f"{one.rows:,}",
        "Time": duration(one.seconds),
        "Note": one.message,
    }


def not_judged(candidate: Candidate) -> str:
    """What stands where the decision aid has said nothing."""
    return "not evaluated yet" if candidate.status == "ok" else candidate.status
