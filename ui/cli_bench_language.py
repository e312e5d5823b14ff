"""`synthcraft bench language`: how well sentences are understood without a language model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui import cli_options as options

if TYPE_CHECKING:
    from synthcraft.evals.language_set import Part

PARTS: tuple[Part, ...] = ("dev", "earlier", "test")


def language(
    part: Annotated[
        str, typer.Option(help="dev, earlier, test (kept apart: not for improving), or all.")
    ] = "all",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep language.json and its section of RESULTS.md here."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Read the labelled messages: right, asked back, wrong, and false approvals (seconds)."""
    from synthcraft.evals import language_bench, language_page, page
    from synthcraft.ui.cli_output import print_json, print_table

    chosen = PARTS if part == "all" else tuple(name for name in PARTS if name == part)
    if not chosen:
        raise InputError(f"There is no part {part!r}.", "Choose dev, earlier, test or all.")
    if out is not None:
        page.prepare(out)
    results = language_bench.run(chosen)
    if out is not None:
        language_page.write(results, out)
    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    for name, outcomes in results.parts.items():
        outcome = outcomes[language_bench.DEFAULT]
        typer.echo(f"\n{name}: 95 of 100 turns under {outcome.milliseconds[1]:.1f} ms")
        rows = language_page.groups(outcome)
        print_table(
            (dict(zip(language_page.HEADERS, row, strict=True)) for row in rows),
            language_page.HEADERS,
        )
        typer.echo(language_page.confusion(outcome))
