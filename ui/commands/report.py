"""`synthcraft report`: what a project leaves on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options
from synthcraft.ui.commands.sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner


def report(
    session: options.Session,
    form: Annotated[options.Form, typer.Option("--format", help="Form of the file.")] = "html",
    pack: Annotated[
        options.Level | None,
        typer.Option(help="The evidence pack instead: a folder with report, data, code, plan."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write, or folder of the pack; else report-SESSION.FORMAT.",
            metavar="FILE|DIR",
        ),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write the report of a project, at any point of it."""
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.pack import write_pack

    if pack is not None:
        return write_pack(session, pack, out, home, as_json)

    path = out or Path(f"report-{session}.{form}")

    async def write(runner: Runner) -> None:
        from synthcraft.graph.left import note_left

        missing, to = None, path
        try:
            made = await runner.report(session, form)
        except InputError as error:
            if form not in ("pdf", "docx"):
                raise
            missing, to = error, path.with_suffix(".html")
            made = await runner.report(session, "html")
        _put(to, made)
        note_left(runner.deps, await runner.view(session), {to.name: str(to)})
        if missing is not None:
            raise InputError(f"{missing.message} The report is there as {str(to)!r}.", missing.hint)

    with_runner(home, write)
    if as_json:
        print_json({"session": session, "format": form, "file": str(path)})
    else:
        typer.echo(f"Report: {path}")


def _put(path: Path, made: bytes) -> None:
    try:
        path.write_bytes(made)
    except OSError as error:
        raise InputError(
            f"The report {str(path)!r} cannot be written: {error.strerror}.",
            "Choose another --out.",
        ) from error
