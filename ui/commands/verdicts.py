"""What the decision aid says of files from elsewhere, for a person at the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from synthcraft.tools.legacy.panel import LABEL
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.ui.commands.output import print_notes, print_table, printable
from synthcraft.ui.tables import table_of, turned

if TYPE_CHECKING:
    from synthcraft.tools.compare.record import Comparison, FilePart


def print_comparison(record: Comparison, files: Mapping[str, str]) -> None:
    """A line a file, who is ahead, what speaks against each, and what nobody can know."""
    for note in record.notes:
        typer.echo(printable(note))
    headers, rows = turned(table_of([_row(file) for file in record.files]))
    print_table((dict(zip(headers, row, strict=True)) for row in rows), headers)
    for ranking in record.ranking:
        typer.echo(printable(f"{ranking.title or ranking.metric_id}: {ranking.sentence}"))
    rest = "all in the report" if files else "all with --json or --out"
    print_notes("About the files:", {f.id: f.notes for f in record.files}, rest)
    print_notes("Why:", {f.id: f.decision.reasons for f in record.files}, rest)
    print_notes("Not assessed:", {f.id: f.decision.not_assessed for f in record.files}, rest)
    print_notes("Legacy panel:", {f.id: _legacy(f) for f in record.files if f.legacy}, rest)
    for amendment in record.evaluation_plan.amendments:
        typer.echo(printable(amendment.sentence()))
    typer.echo(f"Plan: {record.evaluation_plan.digest[:16]}")
    if "report.html" in files:
        typer.echo(f"Report: {printable(files['report.html'])}")


def _legacy(file: FilePart) -> list[str]:
    """How the panel ended; its numbers stand in the report, where there is room to read them."""
    ended = Counter(row.legacy.status.replace("_", " ") for row in file.legacy)
    return [f"{LABEL}: {', '.join(f'{count} {status}' for status, count in ended.items())}"]


def _row(file: FilePart) -> dict[str, str]:
    own = {r.metric_id: r.value for r in file.results if r.column is None and r.group is None}
    numbers = {
        title: f"{value:.3f}"
        for name, title in headline_titles().items()
        if (value := own.get(name)) is not None
    }
    return {"file": file.id, "rows": f"{file.rows:,}", "state": file.decision.state} | numbers
