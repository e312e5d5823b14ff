"""`synthcraft engines`: generators that live in interpreters of their own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from synthcraft.ui.commands import options

app = typer.Typer(help="Engines in interpreters of their own: install, list, remove.")
Name = Annotated[str, typer.Argument(help="Name of an engine, as `engines list` shows it.")]


def _described(name: str, home: Any) -> dict[str, Any]:
    """An engine and what is there of it."""
    from synthcraft.tools.generators.catalogue import catalogue
    from synthcraft.tools.generators.engines import engine, installed

    known, record = engine(name), installed(home, name)
    return {
        "name": known.name,
        "licence": known.licence,
        "claim": known.claim,
        "generators": [spec.name for spec in catalogue().values() if spec.engine == name],
        "installed": record is not None,
        "python": record.python if record else "",
        "size_mb": record.size_mb if record else 0.0,
        "requirements_sha256": known.digest,
        "packages": record.packages if record else {},
    }


@app.command("list")
def list_engines(home: options.Home = None, as_json: options.Json = False) -> None:
    """All engines, with what is installed in this workspace."""
    from synthcraft.tools.generators.engines import ENGINES
    from synthcraft.ui.commands.output import print_json, print_table

    place = options.read_settings(home).home
    found = [_described(name, place) for name in ENGINES]
    if as_json:
        print_json({"engines": found})
        return
    rows = [
        {
            **each,
            "generators": ", ".join(each["generators"]),
            "installed": "yes" if each["installed"] else "no",
            "version": each["packages"].get(each["name"], ""),
        }
        for each in found
    ]
    print_table(rows, ["name", "licence", "generators", "claim", "installed", "version", "size_mb"])


@app.command("install")
def install_engine(name: Name, home: options.Home = None, as_json: options.Json = False) -> None:
    """Install an engine into this workspace; needs a package index."""
    from synthcraft.tools.generators.engine_install import install
    from synthcraft.tools.generators.engines import engine
    from synthcraft.ui.commands.output import print_json

    place = options.read_settings(home).home
    record = install(place, engine(name))
    if as_json:
        print_json(_described(name, place))
        return
    typer.echo(f"{name} {record.packages.get(name, '')} is installed ({record.size_mb:.0f} MB).")


@app.command("remove")
def remove_engine(name: Name, home: options.Home = None, as_json: options.Json = False) -> None:
    """Take an engine out of this workspace."""
    from synthcraft.tools.generators.engines import remove
    from synthcraft.ui.commands.output import print_json

    was_there = remove(options.read_settings(home).home, name)
    if as_json:
        print_json({"name": name, "removed": was_there})
        return
    typer.echo(f"{name} was removed." if was_there else f"{name} was not installed.")
