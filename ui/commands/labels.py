"""`synthcraft labels`: rows that can be known again, and where a file comes from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import BUG, DONE
from synthcraft.ui.commands.sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.graph.deps import Deps
    from synthcraft.graph.labelled import Known
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView

    Copies = Callable[[Deps, SessionView, Path], Awaitable[dict[str, str]]]

app = typer.Typer(help="Marks of synthetic files, and where a file comes from.")


@app.command()
def ids(
    session: options.Session,
    out: Annotated[Path, typer.Option(help="Folder for the copies.", metavar="DIR")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write copies of a project's tables whose rows can be known again (column _syn_id)."""
    from synthcraft.graph.labelled import marked_copies

    _write(session, out, home, as_json, marked_copies)


@app.command()
def excel(
    session: options.Session,
    out: Annotated[Path, typer.Option(help="Folder for the workbooks.", metavar="DIR")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write a project's tables as Excel workbooks that say in their properties what they are."""
    from synthcraft.graph.labelled import excel_copies

    _write(session, out, home, as_json, excel_copies)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="Parquet, CSV or Excel file.", metavar="FILE")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Find the project that a synthetic file, or its marked rows, come from."""
    from synthcraft.tools.labels import label_in
    from synthcraft.tools.labels_excel import EXCEL, label_in_workbook
    from synthcraft.ui.commands.output import print_json, printable

    options.existing(file, "file")
    read = {".parquet": label_in, EXCEL: label_in_workbook}.get(file.suffix.lower())
    label = read(file) if read else {}

    async def look(runner: Runner) -> Known | None:
        from synthcraft.graph.labelled import known, releases

        return await asyncio.to_thread(known, runner.deps, file, await releases(runner))

    found = with_runner(home, look)
    text, sure = _told(found)
    if as_json:
        record = found.model_dump(mode="json") if found else None
        print_json({"file": str(file), "label": label, "known": record, "verified": sure})
    else:
        said = "The file says of itself that it is synthetic. " if label else ""
        typer.echo(printable(said + text))
    raise typer.Exit(DONE if sure else BUG)


def _write(session: str, out: Path, home: Path | None, as_json: bool, copies: Copies) -> None:
    """Have copies of a project's tables written, and name them."""
    from synthcraft.ui.commands.output import print_json

    async def write(runner: Runner) -> dict[str, str]:
        return await copies(runner.deps, await runner.view(session), out)

    written = with_runner(home, write)
    if as_json:
        print_json({"session": session, "files": written})
    else:
        typer.echo("\n".join(written.values()))


def _told(found: Known | None) -> tuple[str, bool]:
    """What was found in words, and whether all of it comes from one release as it was."""
    if found is None or (found.rows is not None and not found.rows.ours + found.rows.changed):
        return "Nothing in it is known to this workspace.", False
    where = f"{found.release.candidate} of the project {found.release.session}"
    rows = found.rows
    if rows is None:
        return f"It is {where}, with the same bytes, CSV or cells.", True
    text = f"Rows of {where}: {rows.ours:,} as they were released"
    others = {
        "with other values": rows.changed,
        "repeated": rows.doubled,
        "that are not of it": rows.foreign,
    }
    further = [f"{count:,} {what}" for what, count in others.items() if count]
    return f"{', '.join([text, *further])}.", not further
