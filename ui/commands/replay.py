"""`synthcraft replay`: repeat the router's decisions and report the first difference."""

from __future__ import annotations

import typer

from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import BUG, DONE
from synthcraft.ui.commands.sessions import with_runner


def replay(
    session: options.Session, home: options.Home = None, as_json: options.Json = False
) -> None:
    """Repeat every decision of the router in a project; exit code 1 when one differs."""
    from synthcraft.ui.commands.output import print_json, printable

    done = with_runner(home, lambda runner: runner.replay(session))
    first = done.difference
    if as_json:
        print_json({"session": session, "equal": first is None, **done.model_dump(mode="json")})
        raise typer.Exit(DONE if first is None else BUG)
    if done.not_recorded:
        typer.echo(
            f"{done.not_recorded} decisions of an older version do not hold enough to be repeated."
        )
    if first is None:
        typer.echo(f"{done.repeated} of {done.decisions} decisions were repeated, all alike.")
        raise typer.Exit(DONE)
    typer.echo(
        printable(
            f"Step {first.step} ({first.episode}) differs: {first.why}. The log says "
            f"{first.recorded or 'nothing'}, repeated it is {first.repeated or 'not known'}."
        )
    )
    raise typer.Exit(BUG)
