"""`synthcraft bench traces`: five scripted people on real data, and how the router reacts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import options


def traces(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the texts; same names are replaced.")
    ] = Path("evals/traces"),
    only: Annotated[str | None, typer.Option(metavar="NAME", help="Make only this one.")] = None,
    as_json: options.Json = False,
) -> None:
    """Run five projects on NHANES and write down every choice (about five minutes)."""
    from synthcraft.evals import page
    from synthcraft.evals.traces.play import play
    from synthcraft.evals.traces.scenarios import SCENARIOS, scenario_named
    from synthcraft.evals.traces.write import write
    from synthcraft.ui.commands.output import print_json

    chosen = (scenario_named(only),) if only else SCENARIOS
    page.prepare(out)
    files = []
    for scenario in chosen:
        typer.echo(f"{scenario.title} …", err=True)
        files.append(write(scenario, asyncio.run(play(scenario)), out))
    if as_json:
        print_json({"files": [str(path) for path in files]})
        return
    for path in files:
        typer.echo(path)
