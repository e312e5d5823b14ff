"""`synthcraft bench language`: how well sentences are understood, with and without a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.evals.language_set import Part

PARTS: tuple[Part, ...] = ("dev", "earlier", "second", "third", "test")


def language(
    part: Annotated[
        str,
        typer.Option(
            help="Of dev, earlier, second, third, test (kept apart: not for improving), or all."
        ),
    ] = "all",
    model: Annotated[
        str, typer.Option(help="Ask this model behind the rules, at --base-url; slow.")
    ] = "",
    base_url: Annotated[
        str, typer.Option(help="Its address, such as http://127.0.0.1:8080/v1; local, no key.")
    ] = "",
    limit: Annotated[
        int, typer.Option(min=0, help="With --model: about as many messages of a part; 0: all.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep language.json and its section of RESULTS.md here."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Read the labelled messages: right, asked back, wrong, and false approvals (seconds)."""
    from synthcraft.evals import language_bench, language_page, page
    from synthcraft.ui.commands.output import print_json, print_table

    if bool(model) != bool(base_url):
        raise InputError("A model needs both --model and --base-url.", "Name both, or neither.")
    named = PARTS if part == "all" else part.split(",")
    chosen = tuple(name for name in PARTS if name in named)
    if not set(named) <= set(PARTS):
        raise InputError(f"There is no part {part!r}.", f"Choose {', '.join(PARTS)} or all.")
    if out is not None:
        page.prepare(out)
    if model:
        results = language_bench.with_model(chosen, model, base_url, limit)
    else:
        results = language_bench.run(chosen)
    if out is not None:
        language_page.write(results, out)
    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    for name, outcomes in results.parts.items():
        reader, outcome = list(outcomes.items())[-1]
        late = f"{outcome.processor[1]:.1f} ms of the processor, {outcome.milliseconds[1]:.1f} ms"
        typer.echo(f"\n{name}, {reader}: 95 of 100 turns under {late} by the clock")
        rows = language_page.groups(outcome)
        print_table(
            (dict(zip(language_page.HEADERS, row, strict=True)) for row in rows),
            language_page.HEADERS,
        )
        typer.echo(language_page.confusion(outcome))
