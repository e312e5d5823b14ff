"""The `synthcraft` command. Nothing heavy is imported here: `--help` answers at once."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import (
    audit,
    engines,
    gates,
    generators,
    labels,
    options,
    policy,
    release,
    report,
    sessions,
    users,
)
from synthcraft.ui.commands.ablate import ablate
from synthcraft.ui.commands.analyse import analyse
from synthcraft.ui.commands.bench import bench
from synthcraft.ui.commands.bench_crash import crash
from synthcraft.ui.commands.bench_generators import generators as generators_bench
from synthcraft.ui.commands.bench_language import language
from synthcraft.ui.commands.bench_router import router
from synthcraft.ui.commands.bench_traces import traces
from synthcraft.ui.commands.case import case
from synthcraft.ui.commands.demo import demo
from synthcraft.ui.commands.doctor import doctor
from synthcraft.ui.commands.errors import Commands
from synthcraft.ui.commands.evaluate import evaluate
from synthcraft.ui.commands.gc import gc
from synthcraft.ui.commands.language import card, ledger, understand
from synthcraft.ui.commands.replay import replay
from synthcraft.ui.commands.reproduce import reproduce
from synthcraft.ui.commands.run import run

app = typer.Typer(
    cls=Commands,
    help="From a real health table to synthetic data that you can defend.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


benches = typer.Typer()
benches.callback(invoke_without_command=True)(bench)
benches.command()(router)
benches.command(name="generators")(generators_bench)
benches.command()(traces)
benches.command()(language)
benches.command()(crash)


@app.callback()
def top() -> None:
    """From a real health table to synthetic data that you can defend."""


@app.command()
def chat(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    auth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who may log in; see `synthcraft users`."),
    ] = None,
    behind_https: Annotated[
        str,
        typer.Option(metavar="NAME", help="Name under which a proxy serves the page over https."),
    ] = "",
    home: options.Home = None,
    database: options.Database = None,
    cluster: options.Cluster = None,
    llm: options.Llm = None,
    as_json: options.Json = False,
) -> None:
    """Open the page: one conversation, files in, results out."""
    from synthcraft.ui.app import serve
    from synthcraft.ui.auth.access import Access
    from synthcraft.ui.auth.users import UsersFile
    from synthcraft.ui.commands.output import print_json

    settings = options.read_settings(home, database=database, cluster=cluster, llm=llm)
    access = Access(host, UsersFile(auth) if auth else None, behind_https)
    if as_json:
        print_json({"url": f"http://{host}:{port}"})
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        serve(settings, access, port)


app.command()(run)
app.command()(evaluate)
app.command()(analyse)
app.command()(understand)
app.command()(card)
app.command()(ledger)
app.command()(demo)
app.command()(ablate)
app.command()(case)
app.command()(doctor)
app.command()(gc)
app.command()(report.report)
app.command()(reproduce)
app.command()(replay)
app.add_typer(benches, name="bench")
app.add_typer(sessions.app, name="sessions")
app.add_typer(generators.app, name="generators")
app.add_typer(engines.app, name="engines")
app.add_typer(policy.app, name="policy")
app.add_typer(audit.app, name="audit")
app.add_typer(labels.app, name="labels")
app.add_typer(users.app, name="users")
app.add_typer(gates.app, name="gates")
app.add_typer(release.app, name="release")


def main() -> None:
    """Entry point of the `synthcraft` script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app()
