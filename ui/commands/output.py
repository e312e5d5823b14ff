"""Plain output of the commands: one JSON document, or small tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from synthcraft.graph.views import SessionView

_PIPE_WIDTH = 140
MOST_NOTES = 6
"""Sentences under a heading; the report has them all."""


def printable(text: str) -> str:
    """The text without control characters: names in files must not steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, indent=2))


def console(stream: IO[str] | None = None) -> Console:
    """A console that neither reads markup nor guesses at highlights, wide enough for pipes."""
    from rich.console import Console

    target = stream or sys.stdout
    width = None if target.isatty() else _PIPE_WIDTH
    return Console(file=target, markup=False, highlight=False, emoji=False, width=width)


def print_table(
    rows: Iterable[Mapping[str, object]], columns: Sequence[str], stream: IO[str] | None = None
) -> None:
    """A small table with these columns; values that a row lacks stay empty."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(_cell(name), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name, "")) for name in columns))
    console(stream).print(table)


def _cell(value: object) -> Any:
    from rich.text import Text

    return Text(printable(str(value)))


def print_results(view: SessionView, files: Mapping[str, str]) -> None:
    """What came out: a line per synthetic file, what speaks against it, where the report is."""
    from synthcraft.ui.tables import results

    headers, rows = results(view.candidates, view.verdicts)
    if rows:
        print_table((dict(zip(headers, row, strict=True)) for row in rows), headers)
    print_notes("Why:", {v.candidate: v.reasons for v in view.verdicts})
    print_notes("Not assessed:", {v.candidate: v.not_assessed for v in view.verdicts})
    for path in files.values():
        if path.endswith("report.html"):
            typer.echo(f"Report: {printable(path)}")


def print_notes(
    title: str, notes: Mapping[str, Sequence[str]], rest: str = "all in the report"
) -> None:
    """Sentences about candidates, each once, with the candidates that it is about.

    `rest` says where those are that are not printed.
    """
    about: dict[str, list[str]] = {}
    for candidate, sentences in notes.items():
        for sentence in sentences:
            about.setdefault(sentence, []).append(candidate)
    if about:
        typer.echo(title)
    for sentence, candidates in list(about.items())[:MOST_NOTES]:
        typer.echo(printable(f"  {', '.join(candidates)}: {sentence}"))
    if len(about) > MOST_NOTES:
        typer.echo(f"  and {len(about) - MOST_NOTES} more, {rest}")
