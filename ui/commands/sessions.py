"""`synthcraft sessions`: list, show, compare, resume, revert, move and delete projects."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import moving, options

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import Answer, SessionView
    from synthcraft.ui.commands.screen import Screen

T = TypeVar("T")
app = typer.Typer(help="List, show, resume, revert and delete projects.")


def with_runner(
    home: Path | None, use: Callable[[Runner], Awaitable[T]], database: str | None = None
) -> T:
    """Open the workspace, use the runner once, close it."""
    settings = options.read_settings(home, database=database)

    async def opened() -> T:
        from synthcraft.graph.runner import open_runner

        async with open_runner(settings) as runner:
            return await use(runner)

    return asyncio.run(opened())


@app.command("list")
def list_sessions(
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """All projects of the workspace."""
    from synthcraft.ui.commands.output import print_json, print_table

    infos = with_runner(home, lambda runner: runner.sessions(), database)
    rows = [
        {**info.model_dump(), "name": info.called, "data": info.name, "waits for": info.waiting_for}
        for info in infos
    ]
    if as_json:
        print_json({"sessions": [info.model_dump() for info in infos]})
    elif rows:
        columns = ["session", "name", "data", "status", "waits for", "rows", "columns", "updated"]
        print_table(rows, columns)
    else:
        typer.echo("There are no projects yet. Begin one with: synthcraft run DATA")


@app.command()
def show(
    session: options.Session,
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Where a project stands, and its checkpoints."""
    from synthcraft.ui.commands.choices import print_choices
    from synthcraft.ui.commands.output import print_json, print_results, print_table, printable

    async def read(runner: Runner) -> tuple[SessionView, list[dict[str, Any]]]:
        view = await runner.view(session)
        return view, [line.model_dump(mode="json") for line in await runner.history(session)]

    view, lines = with_runner(home, read, database)
    if as_json:
        print_json({**view.model_dump(mode="json"), "history": lines})
        return
    gate = f" at the gate {view.waiting_for}" if view.waiting_for else ""
    typer.echo(
        printable(f"{view.name or view.session}: {view.status}{gate}. {view.message}".strip())
    )
    print_results(view, {})
    rows = [
        {**line, "at": str(line["at"])[:19], "branch": "current" if line["on_head"] else "left"}
        for line in lines
    ]
    print_table(rows, ["checkpoint", "step", "episode", "what", "at", "branch"])
    print_choices(line["choice"] for line in lines if line["on_head"])


@app.command()
def resume(
    session: options.Session,
    approve: options.ApproveOption = "ask",
    answer: Annotated[
        options.Verdict | None, typer.Option(help="Your answer at the open gate.")
    ] = None,
    comment: Annotated[
        str, typer.Option(help="The changes, the question or a remark, in your words.")
    ] = "",
    actor: options.Actor = None,
    out: options.Out = None,
    home: options.Home = None,
    database: options.Database = None,
    cluster: options.Cluster = None,
    llm: options.Llm = None,
    as_json: options.Json = False,
) -> None:
    """Go on with a project: after a gate, a crash, Ctrl-C or a revert."""
    from synthcraft.ui.commands.drive import carry_out
    from synthcraft.ui.commands.keepers import keeper
    from synthcraft.ui.commands.request import check_out

    check_out(out)
    settings = options.read_settings(home, actor=actor, database=database, cluster=cluster, llm=llm)

    async def begin(runner: Runner, screen: Screen) -> SessionView:
        screen.session = session
        view = await runner.resume(session, on_event=screen)
        if answer is None:
            return view
        if view.status != "waiting" or view.interrupt_id is None:
            raise InputError(
                f"The project {session} waits at no gate, so there is nothing to answer.",
                f"`synthcraft sessions show {session}` says where it stands.",
            )
        given = await _answer(runner, view, answer, comment, settings.actor)
        return await runner.answer(session, view.interrupt_id, given, on_event=screen)

    keep = keeper(approve, settings.actor, "command line")
    raise typer.Exit(carry_out(settings, begin, keep, out, as_json))


async def _answer(
    runner: Runner, view: SessionView, verdict: options.Verdict, comment: str, actor: str
) -> Answer:
    """The answer as given by options; the words of a revision become typed changes."""
    from synthcraft.graph.views import Answer

    if verdict in ("revise", "question") and not comment:
        raise InputError(f"The answer {verdict!r} needs words.", "Add them with --comment.")
    said = Answer(verdict=verdict, comment=comment, actor=actor)
    if verdict != "revise":
        return said
    turn = await runner.understand(view.session, comment)
    if turn.clarification is not None:
        raise InputError(turn.clarification, "Say it in other words with --comment.")
    return said.model_copy(update={"changes": turn.changes()})


@app.command()
def revert(
    session: options.Session,
    to: Annotated[str, typer.Option(help="Checkpoint id, as `sessions show` lists it.")],
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Go back to a checkpoint; what came after it is kept as a branch."""
    from synthcraft.ui.commands.output import print_json

    view = with_runner(home, lambda runner: runner.revert(session, to), database)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        typer.echo(f"Reverted. Go on with: synthcraft sessions resume {session}")


@app.command()
def compare(
    session: options.Session,
    one: Annotated[str, typer.Argument(help="Checkpoint id, as `sessions show` lists it.")],
    other: Annotated[str, typer.Argument(help="Another one.")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """What differs between two checkpoints: plan, tables, results, answers."""
    from synthcraft.ui.commands.output import print_json, print_table

    found = with_runner(home, lambda runner: runner.compare(session, one, other))
    rows = [line.model_dump() for line in found]
    if as_json:
        print_json({"differences": rows})
    elif rows:
        print_table(rows, ["what", "before", "after"])
    else:
        typer.echo("Nothing differs.")


Episode = Annotated[str, typer.Argument(help="Episode, e.g. evaluation or refinement.")]


@app.command()
def skip(
    session: options.Session,
    episode: Episode,
    reason: Annotated[str, typer.Option(help="Why; the report shows it.")],
    actor: options.Actor = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Leave out the evaluation or the refinement, for a reason."""
    name = options.read_settings(home, actor=actor).actor
    _moved(with_runner(home, lambda r: r.skip(session, episode, reason, name)), as_json)


@app.command()
def reopen(
    session: options.Session,
    episode: Episode,
    actor: options.Actor = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Open an approved episode again; only what rests on it is done again."""
    name = options.read_settings(home, actor=actor).actor
    _moved(with_runner(home, lambda r: r.reopen(session, episode, name)), as_json)


def _moved(view: SessionView, as_json: bool) -> None:
    from synthcraft.ui.commands.output import print_json

    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    where = f"waits at the gate {view.waiting_for}" if view.waiting_for else f"is {view.status}"
    typer.echo(f"Done; the project {where}. Go on with: synthcraft sessions resume {view.session}")


@app.command()
def rename(
    session: options.Session,
    name: Annotated[str, typer.Argument(help="What it is called in lists.")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Give a project a name; names need not differ."""
    from synthcraft.ui.commands.output import print_json, printable

    with_runner(home, lambda runner: runner.rename(session, name))
    if as_json:
        print_json({"renamed": session})
    else:
        typer.echo(f"{session} is now called: {printable(name)}")


@app.command()
def delete(
    session: options.Session,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    home: options.Home = None,
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Delete a project for good: data, files, checkpoints. That it was deleted stays on record."""
    from synthcraft.ui.commands.output import print_json

    if not yes:
        if not sys.stdin.isatty():
            raise InputError("Deleting a project cannot be undone.", "Confirm it with --yes.")
        typer.confirm(f"Delete the project {session} for good?", abort=True, err=True)
    deleted = with_runner(home, lambda runner: runner.delete(session), database)
    if as_json:
        print_json({"deleted": session, "files": deleted.files, "bytes": deleted.bytes})
    else:
        size = f"{deleted.files:,} files, {deleted.bytes / 2**20:,.1f} MB"
        typer.echo(f"Deleted {session}: {size}. Files that other projects use are kept.")


app.command("export")(moving.export_sessions)
app.command("import")(moving.import_sessions)
