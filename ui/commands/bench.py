"""`synthcraft bench`: speed and memory of this installation on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import options


def bench(
    context: typer.Context,
    only: Annotated[str | None, typer.Option(metavar="NAME", help="Measure only this.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep results.json and RESULTS.md here.")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Measure start-up, steps, checkpoints, cache, memory and evaluation (about half an hour).

    With --only and --out, the other cases that are kept in DIR stay as they are. The comparison
    of all generators runs only by name: --only engines takes hours, engines:cart:standard seconds.
    """
    if context.invoked_subcommand is not None:
        return
    from synthcraft.evals import bench as measuring
    from synthcraft.evals import page
    from synthcraft.ui.commands.output import print_json, print_table

    if out is not None:
        page.prepare(out)
    kept = measuring.Kept() if only is None or out is None else measuring.read(out)
    runs = []
    for results in measuring.run(only, lambda text: typer.echo(text, err=True)):
        runs.append(results)
        kept = kept.with_run(results)
        if out is not None:  # at once: what comes after it may take hours
            measuring.write(kept, out)
    if as_json:
        print_json({"runs": [results.model_dump(mode="json") for results in runs]})
        return
    typer.echo(runs[-1].machine.sentence())
    lines = (line for results in runs for line in results.lines)
    rows = (dict(zip(measuring.HEADERS, line.cells(), strict=True)) for line in lines)
    print_table(rows, measuring.HEADERS)
