"""`synthcraft report` and `synthcraft audit`: what a project leaves on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui import cli_options as options
from synthcraft.ui.cli_errors import BUG, DONE
from synthcraft.ui.cli_sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner

audit = typer.Typer(help="The log of every decision and approval.")


def report(
    session: options.Session,
    form: Annotated[Literal["html", "json"], typer.Option("--format", help="Form.")] = "html",
    out: Annotated[
        Path | None, typer.Option(help="File to write; else report-SESSION.FORMAT.", metavar="FILE")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write the report of a project, at any point of it."""
    from synthcraft.ui.cli_output import print_json

    async def render(runner: Runner) -> str:
        if form == "html":
            return await runner.report_html(session)
        return json.dumps(await runner.results(session), indent=2)

    text = with_runner(home, render)
    path = out or Path(f"report-{session}.{form}")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The report {str(path)!r} cannot be written: {error.strerror}.",
            "Choose another --out.",
        ) from error
    if as_json:
        print_json({"session": session, "format": form, "file": str(path)})
    else:
        typer.echo(f"Report: {path}")


@audit.command()
def verify(
    session: options.Session, home: options.Home = None, as_json: options.Json = False
) -> None:
    """Check that the log of a project is as it was written."""
    from synthcraft.tools.audit import AuditLog
    from synthcraft.ui.cli_output import print_json, printable

    view = with_runner(home, lambda runner: runner.view(session))
    log = AuditLog(options.read_settings(home).home / "audit" / f"{view.session}.jsonl")
    problems = log.verify(view.audit_head)
    if as_json:
        print_json({"session": view.session, "intact": not problems, "problems": problems})
    else:
        typer.echo(
            "\n".join(map(printable, problems)) or "Every line of the log is as it was written."
        )
    raise typer.Exit(BUG if problems else DONE)
