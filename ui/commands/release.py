"""`synthcraft release`: what a steward releases, what is in force, and what was withdrawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.graph.errors import InputError, RoleError
from synthcraft.ui.commands import options
from synthcraft.ui.commands.gates import Named
from synthcraft.ui.commands.sessions import with_runner
from synthcraft.ui.commands.users import Stdin, typed

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.tools.release.ledger import Release

app = typer.Typer(
    cls=Named,
    help="Releases by a steward: `release ID --steward NAME …`, `list`, `withdraw`, `child`.",
)
Users = Annotated[
    Path | None,
    typer.Option("--users", help="File of users; the password is asked for.", metavar="FILE"),
]


@app.command("issue")
def issue(
    session: options.Session,
    steward: Annotated[str, typer.Option(help="Who releases it.", metavar="NAME")],
    tier: Annotated[options.ReleaseTier, typer.Option(help="Who may have it.")],
    terms: Annotated[str, typer.Option(help="Terms of use, or where they are.")],
    until: Annotated[str, typer.Option(help="Last day, within 24 months.", metavar="YYYY-MM-DD")],
    candidate: Annotated[str, typer.Option(help="Which table, where there are several.")] = "",
    reason: Annotated[str, typer.Option(help="Why, where the decision is REFER.")] = "",
    users: Users = None,
    password_stdin: Stdin = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write down that a steward releases a table; nothing is sent anywhere."""
    from synthcraft.graph import releasing
    from synthcraft.tools.release.decide import Asked
    from synthcraft.ui.commands.output import print_json, printable

    asked = Asked(
        steward=steward, candidate=candidate, tier=tier, terms=terms, until=until, reason=reason
    )
    known = _known(steward, users, password_stdin)

    async def write(runner: Runner) -> Release:
        owner = runner.info(runner.index.find(session)).owner
        if owner and not known:
            raise RoleError(
                f"This project belongs to {owner}, who works in a team.",
                "Give the team's file with --users; the steward's password is asked for.",
            )
        return await releasing.release(runner, session, asked)

    made = with_runner(home, write)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    counts = f"{made.evaluations} evaluations and {made.earlier} earlier releases of these data"
    typer.echo(
        printable(
            f"{made.id}: {made.candidate} is released by {made.steward} ({made.tier}) until "
            f"{made.until}; {counts}. Its files: synthcraft report {made.session} --pack LEVEL"
        )
    )


@app.command("list")
def list_releases(home: options.Home = None, as_json: options.Json = False) -> None:
    """Every release of the workspace, with what its source data have seen so far."""
    from synthcraft.tools.provenance import utc_now
    from synthcraft.tools.release.ledger import ReleaseLedger
    from synthcraft.ui.commands.output import print_json, print_table

    found = ReleaseLedger(options.read_settings(home).home).all()
    today = utc_now()
    rows = [{**r.model_dump(mode="json"), "state": r.state(today)} for r in found]
    sources: dict[str, int] = {}
    for each in found:
        sources[each.data] = sources.get(each.data, 0) + 1
    if as_json:
        print_json({"releases": rows, "releases_by_source": sources})
    elif rows:
        shown = [
            {**row, "data": row["data"][5:17], "children": len(row["children"])} for row in rows
        ]
        columns = ["id", "session", "candidate", "tier", "steward", "until", "state", "data"]
        print_table(shown, [*columns, "evaluations", "earlier", "children"])
    else:
        typer.echo("Nothing has been released from this workspace.")


@app.command("withdraw")
def withdraw(
    release: Annotated[str, typer.Argument(help="Such as R3, as `release list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why it is withdrawn.")],
    actor: options.Actor = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write down that a release no longer holds; tell its users by the route of G6."""
    from synthcraft.graph import releasing
    from synthcraft.ui.commands.output import print_json, printable

    if not reason.strip():
        raise InputError("A withdrawal takes a reason.", "Say why with --reason.")
    name = options.read_settings(home, actor=actor).actor
    gone = with_runner(home, lambda runner: releasing.withdraw(runner, release, name, reason))
    if as_json:
        print_json(gone.model_dump(mode="json"))
    else:
        made = "".join(f"\n  made from it: {c.what}; tell {c.contact}" for c in gone.children)
        told = f"{gone.id} ({gone.candidate}) is withdrawn. Its users do not know.{made}"
        typer.echo(printable(told))


@app.command("child")
def child(
    release: Annotated[str, typer.Argument(help="Such as R3, as `release list` shows it.")],
    what: Annotated[str, typer.Option(help="Model or table that was made from it, and where.")],
    contact: Annotated[str, typer.Option(help="Who answers for it.")],
    actor: options.Actor = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write down what was made from a release, so that a withdrawal can reach it."""
    from synthcraft.graph import releasing
    from synthcraft.tools.provenance import utc_now
    from synthcraft.tools.release.ledger import Child
    from synthcraft.ui.commands.output import print_json, printable

    if not (what.strip() and contact.strip()):
        raise InputError("What was made, and who answers for it?", "Use --what and --contact.")
    name = options.read_settings(home, actor=actor).actor
    made = Child(what=what.strip(), contact=contact.strip(), by=name, at=utc_now())
    found = with_runner(home, lambda runner: releasing.add_child(runner, release, made))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        typer.echo(printable(f"{found.id} has {len(found.children)} that were made from it."))


def _known(name: str, users: Path | None, from_stdin: bool) -> bool:
    """Whether the steward is one of the team's and has shown it.

    Raises:
        RoleError: they are no steward of the file, or the password is not theirs.
    """
    from synthcraft.ui.auth.users import matches, read_users

    if users is None:
        return False
    user = read_users(users).get(name)
    if not matches(user, typed(name, from_stdin)):
        raise RoleError(f"Name or password of {name} is wrong.", f"Look into {users}.")
    if user is None or user.role != "steward":
        raise RoleError(f"{name} is no steward.", "Only a steward can release.")
    return True
