"""`synthcraft ablate`: the reasoning engine beside what one could have instead."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import options

HEADERS = ("system", "runs", "completed", "gates", "evaluated", "budget", "clean", "spoilt")


def ablate(
    systems: Annotated[str, typer.Option(metavar="NAME,…", help="Systems; else all.")] = "",
    tasks: Annotated[str, typer.Option(metavar="NAME,…", help="Tasks; else all.")] = "",
    seeds: Annotated[int, typer.Option(help="Runs of each system on each task.")] = 20,
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME,…",
            help="A model behind --base-url, or emulated:NAME, or `emulated` for all scripts.",
        ),
    ] = "",
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="OpenAI-compatible address of the model.")
    ] = "",
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with tcga/tcga_purity.csv.")
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Traces and finished jobs; an interrupted run goes on."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep ablation.json and its section of RESULTS.md here."),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Compare the reasoning engine with a plain coordinator, on tasks with simulated people."""
    from synthcraft.evals import page
    from synthcraft.evals.ablation import batch, build, models, report
    from synthcraft.ui.commands.output import print_json, print_table

    if out is not None:
        page.prepare(out)
    folder = work or options.read_settings(home).home / "ablation"
    folder.mkdir(parents=True, exist_ok=True)
    key = os.environ.get("SYNTHCRAFT_LLM_API_KEY", "")
    named = models.named(options.names([model]), base_url, key)
    setup = build.Setup(options.names([systems]), options.names([tasks]), named, data, folder)
    for name in setup.left_out:
        typer.echo(f"Left out, because its table is not here: {name}", err=True)
    asyncio.run(batch.alone(setup, seeds, lambda text: typer.echo(text, err=True)))
    every = batch.all_commands(folder, _command(systems, tasks, seeds, model))
    results = batch.results_of(setup, every)
    if out is not None:
        results = report.write(results, out)
    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    print_table((_row(outcome) for outcome in results.outcomes), HEADERS)
    if told := report.mixture(results.outcomes):
        typer.echo(told.replace("**", ""))


def _row(outcome: object) -> dict[str, str]:
    from synthcraft.evals.ablation import report
    from synthcraft.evals.ablation.results import Outcome

    assert isinstance(outcome, Outcome)
    rates = {name: f"{outcome.rates[name].share:.0%}" for name in HEADERS[2:-1]}
    spoilt = str(outcome.infrastructure)
    return {"system": report.label(outcome), "runs": str(outcome.runs), "spoilt": spoilt} | rates


def _command(systems: str, tasks: str, seeds: int, model: str) -> str:
    """What repeats the batch; the address of a model is nobody's business."""
    words = [("systems", systems), ("tasks", tasks), ("seeds", str(seeds)), ("model", model)]
    return "synthcraft ablate " + " ".join(f"--{name} {value}" for name, value in words if value)
