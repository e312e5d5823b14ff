"""`synthcraft generators`: what can be run, and every parameter of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.ui.commands import options
from synthcraft.ui.commands.choose import choose
from synthcraft.ui.commands.pilot import pilot
from synthcraft.ui.commands.visits import visits

if TYPE_CHECKING:
    from synthcraft.tools.generators.base import GeneratorSpec

app = typer.Typer(help="The generators and their parameters.")
app.command()(pilot)
app.command()(visits)
app.command()(choose)


@app.command("list")
def list_generators(home: options.Home = None, as_json: options.Json = False) -> None:
    """All generators, also those that cannot run here."""
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.engines import seen_from
    from synthcraft.ui.commands.output import print_json, print_table

    place = options.read_settings(home).home
    specs = [_shown(seen_from(place, spec)) for spec in catalogue().values()]
    if as_json:
        print_json({"generators": specs})
        return
    rows = [{**spec, "here": "yes" if spec["available"] else spec["reason"]} for spec in specs]
    print_table(rows, ["name", "title", "category", "claim_level", "cost", "here"])


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a generator.")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Strengths, weaknesses and parameters of one generator."""
    from synthcraft.tools.generators.catalogue import allowed, find
    from synthcraft.tools.generators.engines import seen_from
    from synthcraft.ui.commands.output import print_json, print_table, printable

    spec = seen_from(options.read_settings(home).home, find(name))
    if as_json:
        print_json(_shown(spec))
        return
    lines = [f"{spec.title} ({spec.name})", f"Strengths: {spec.strengths}"]
    lines += [f"Weaknesses: {spec.weaknesses}", f"Claim level: {spec.claim_level}"]
    lines += [f"Data it needs: {spec.needs}", f"Steered by conditions: {_yes(spec.conditional)}"]
    lines.append(f"Takes on 2,000 rows of 7 columns: {spec.cost_class}")
    if not spec.available:
        lines.append(f"Not available here: {spec.reason}")
    typer.echo(printable("\n".join(lines)))
    rows = [
        {
            "parameter": parameter.name,
            "what it does": parameter.sentence,
            "allowed": allowed(parameter),
            **{preset: values.get(parameter.name, "") for preset, values in spec.presets.items()},
        }
        for parameter in spec.parameters
    ]
    if rows:
        print_table(rows, ["parameter", "what it does", "allowed", *spec.presets])


def _shown(spec: GeneratorSpec) -> dict[str, Any]:
    return spec.model_dump(mode="json") | {"cost": spec.cost_class}


def _yes(holds: bool) -> str:
    return "yes" if holds else "by rejecting rows only"
