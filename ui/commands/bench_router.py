"""`synthcraft bench router`: policies for the router in simulated worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import options

HEADERS = ("world", "policy", "net", "se", "of_oracle", "questions", "redos", "violations")


def router(
    pipelines: Annotated[int, typer.Option(help="Projects one after the other.", min=1)] = 300,
    seeds: Annotated[int, typer.Option(help="Worlds drawn of each kind.", min=1)] = 12,
    worlds: Annotated[str, typer.Option(metavar="A,B,…", help="Only these worlds.")] = "",
    policies: Annotated[str, typer.Option(metavar="NAME,…", help="Only these policies.")] = "",
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep router.json and its section of RESULTS.md here."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Compare policies with simulated people (an hour with the defaults)."""
    from synthcraft.evals import page, router_bench, router_page
    from synthcraft.ui.commands.output import print_json, print_table

    if out is not None:
        page.prepare(out)
    results = router_bench.run(
        pipelines,
        seeds,
        _names(worlds),
        _names(policies),
        workers,
        lambda text: typer.echo(text, err=True),
    )
    if out is not None:
        router_page.write(results, out)
    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    rows = (
        {"world": world, "policy": name} | {key: str(getattr(outcome, key)) for key in HEADERS[2:]}
        for world, outcomes in results.worlds.items()
        for name, outcome in outcomes.items()
    )
    print_table(rows, HEADERS)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
