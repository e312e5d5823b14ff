"""`synthcraft sessions export` and `import`: projects move between databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import options


def export_sessions(
    file: Annotated[Path, typer.Argument(help="File to write, for example projects.gz.")],
    sessions: Annotated[
        list[str] | None, typer.Argument(help="Projects; all if none is named.")
    ] = None,
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Write what the database holds of projects to a file; stored files stay in the workspace."""
    from synthcraft.graph.moving import export_projects
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.sessions import with_runner

    moved = with_runner(home, lambda r: export_projects(r, file, sessions or ()), database)
    if as_json:
        print_json({"exported": list(moved.sessions), "file": str(file)})
    else:
        typer.echo(f"{len(moved.sessions)} projects are in {file}; they are still here too.")


def import_sessions(
    file: Annotated[Path, typer.Argument(help="File that `sessions export` has written.")],
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Take projects into the database, all or none; the workspace keeps its projects there then."""
    from synthcraft.graph.moving import import_projects
    from synthcraft.ui.commands.output import print_json

    settings = options.read_settings(home, database=database)
    moved = asyncio.run(import_projects(settings, options.existing(file, "file")))
    if as_json:
        print_json({"imported": list(moved.sessions), "without_files": list(moved.missing)})
        return
    typer.echo(f"{len(moved.sessions)} projects were taken in.")
    if moved.missing:
        typer.echo(
            f"Stored files of these are not in this workspace: {', '.join(moved.missing)}. "
            "Copy its folders from where they were."
        )
