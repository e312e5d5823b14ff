"""`synthcraft gates`: what a release takes, gate by gate, and what people say at each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options
from synthcraft.ui.commands.sessions import with_runner

if TYPE_CHECKING:
    from synthcraft.tools.release.gates import Gate


class Named(TyperGroup):
    """Commands of which the first is meant where no command is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the first command in front of what is no command."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=Named, help="Gates G0 to G6 of a release: `gates ID` lists them, `gates set` fills them."
)


@app.command("list")
def list_gates(
    session: options.Session, home: options.Home = None, as_json: options.Json = False
) -> None:
    """Where every gate of a project stands, and what it still takes."""
    from synthcraft.graph import releasing
    from synthcraft.ui.commands.output import print_json

    sheet = with_runner(home, lambda runner: releasing.gate_sheet(runner, session))
    if as_json:
        counts = {"evaluations": sheet.evaluations, "released": sheet.released}
        gates = [gate.model_dump(mode="json") for gate in sheet.gates]
        print_json({"session": session, "gates": gates, **counts})
        return
    for gate in sheet.gates:
        _print(gate)
    typer.echo(sheet.counts)


@app.command("set")
def set_fields(
    session: options.Session,
    gate: Annotated[str, typer.Argument(help="G0, G1, G2 or G6.")],
    words: Annotated[
        list[str], typer.Argument(help="Such as custodian='City Hospital'.", metavar="FIELD=VALUE…")
    ],
    role: Annotated[options.TeamRole, typer.Option(help="In which role you say it.")] = "analyst",
    actor: options.Actor = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Say something at a gate; it goes into the audit log under your name."""
    from synthcraft.graph import releasing
    from synthcraft.ui.commands.output import print_json

    said = dict(map(_pair, words))
    name = options.read_settings(home, actor=actor).actor
    found = with_runner(home, lambda runner: releasing.say(runner, session, gate, said, name, role))
    if as_json:
        print_json({"session": session, **found.model_dump(mode="json")})
    else:
        _print(found)


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (equals and name.strip()):
        raise InputError(
            f"{word[:40]!r} is not of the form FIELD=VALUE.", "Such as synthesis_allowed=yes."
        )
    return name.strip().replace("-", "_"), value.strip()


def _print(gate: Gate) -> None:
    """The gate on a line, below it what is known and what is missing."""
    from synthcraft.tools.release.sheet import DECIDES
    from synthcraft.ui.commands.output import printable

    who = f", said by {gate.by} ({gate.role}) {gate.at}" if gate.by else ""
    lines = [f"{gate.gate} {gate.title}: {gate.state}{who}"]
    lines += [f"    decides: {DECIDES[gate.gate]}"]
    lines += [f"    {name}: {value}" for name, value in gate.known.items() if value]
    lines += [f"  - {text}" for text in (*gate.missing, *gate.notes)]
    typer.echo(printable("\n".join(lines)))
