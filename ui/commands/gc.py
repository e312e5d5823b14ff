"""`synthcraft gc`: free what a workspace need not keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.graph.retention import Collected

DAYS = 7  # a copy of that in graph.retention, which would bring the graph into `--help`


def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    days: Annotated[
        int, typer.Option(help="Files that were made or used within as many days stay.", min=1)
    ] = DAYS,
    actor: options.Actor = None,
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Delete files that no checkpoint or release refers to, and steps of branches that were left.

    Of a branch that somebody left by going back, the checkpoints between two gates go; those at
    gates stay, so one can still go back to them. Projects that somebody works on are left alone.
    """
    from synthcraft.graph.retention import collect
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.sessions import with_runner

    name = options.read_settings(home, actor=actor).actor
    found = with_runner(
        home, lambda r: collect(r, dry_run=dry_run, days=days, actor=name), database
    )
    if as_json:
        print_json({**found.model_dump(mode="json"), "dry_run": dry_run})
        return
    typer.echo(_told(found, dry_run))


def _told(found: Collected, dry_run: bool) -> str:
    freed = "Would free" if dry_run else "Freed"
    lines = [
        f"{freed} {found.files:,} files that nothing refers to ({found.bytes / 2**20:,.1f} MB), "
        f"{found.checkpoints:,} checkpoints between gates on branches that were left and "
        f"{found.writes:,} records of steps that the next checkpoint holds "
        f"({found.checkpoint_bytes / 2**20:,.1f} MB)."
    ]
    if found.thinned:
        lines.append(f"Projects with fewer checkpoints: {', '.join(found.thinned)}.")
    if found.busy:
        lines.append(f"Somebody works on these, so they were left alone: {', '.join(found.busy)}.")
    return "\n".join(lines)
