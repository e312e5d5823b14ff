"""`synthcraft bench generators`: ways to choose generators under a budget, simulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.evals.generator_bench import Outcome

HEADERS = ("policy", "regret", "minutes", "over", "forbidden", "empty")


def generators(
    datasets: Annotated[int, typer.Option(help="Tables one after the other.", min=1)] = 200,
    seeds: Annotated[int, typer.Option(help="Worlds drawn.", min=1)] = 20,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep generators.json and its section of RESULTS.md here."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Compare ways to choose generators on simulated tables (minutes with the defaults)."""
    from synthcraft.evals import generator_bench, generator_page, page
    from synthcraft.ui.commands.output import print_json, print_table

    if out is not None:
        page.prepare(out)
    results = generator_bench.run(datasets, seeds, lambda text: typer.echo(text, err=True))
    if out is not None:
        generator_page.write(results, out)
    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    print_table((_row(name, outcome) for name, outcome in results.policies.items()), HEADERS)


def _row(name: str, outcome: Outcome) -> dict[str, str]:
    """One policy; the regrets are those of successive windows."""
    return {
        "policy": name,
        "regret": " ".join(f"{mean.mean:.4f}" if mean else "-" for mean in outcome.regret),
        "minutes": f"{outcome.minutes.mean:.1f}",
        "over": f"{outcome.over.mean:.3f}",
        "forbidden": f"{outcome.forbidden:.3f}",
        "empty": f"{outcome.empty:.3f}",
    }
