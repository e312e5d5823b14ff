"""`synthcraft generators`: what can be run, and every parameter of it."""

from __future__ import annotations

from typing import Annotated

import typer

from synthcraft.ui import cli_options as options
from synthcraft.ui.cli_pilot import pilot

app = typer.Typer(help="The generators and their parameters.")
app.command()(pilot)


@app.command("list")
def list_generators(home: options.Home = None, as_json: options.Json = False) -> None:
    """All generators, also those that cannot run here."""
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.engines import seen_from
    from synthcraft.ui.cli_output import print_json, print_table

    place = options.read_settings(home).home
    specs = [seen_from(place, spec).model_dump(mode="json") for spec in catalogue().values()]
    if as_json:
        print_json({"generators": specs})
        return
    rows = [{**spec, "here": "yes" if spec["available"] else spec["reason"]} for spec in specs]
    print_table(rows, ["name", "title", "category", "claim_level", "here"])


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a generator.")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Strengths, weaknesses and parameters of one generator."""
    from synthcraft.tools.generators.catalogue import find
    from synthcraft.tools.generators.engines import seen_from
    from synthcraft.ui.cli_output import print_json, print_table, printable

    spec = seen_from(options.read_settings(home).home, find(name))
    if as_json:
        print_json(spec.model_dump(mode="json"))
        return
    lines = [f"{spec.title} ({spec.name})", f"Strengths: {spec.strengths}"]
    lines += [f"Weaknesses: {spec.weaknesses}", f"Claim level: {spec.claim_level}"]
    if not spec.available:
        lines.append(f"Not available here: {spec.reason}")
    typer.echo(printable("\n".join(lines)))
    rows = [
        {
            "parameter": parameter.name,
            "what it does": parameter.sentence,
            **{preset: values.get(parameter.name, "") for preset, values in spec.presets.items()},
        }
        for parameter in spec.parameters
    ]
    if rows:
        print_table(rows, ["parameter", "what it does", *spec.presets])
