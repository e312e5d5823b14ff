"""The `synthcraft` command. Nothing heavy is imported here: `--help` answers at once."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext, redirect_stdout
from typing import Annotated

import typer

from synthcraft.ui import cli_engines, cli_generators, cli_policy, cli_report, cli_sessions
from synthcraft.ui import cli_options as options
from synthcraft.ui.cli_analyse import analyse
from synthcraft.ui.cli_bench import bench
from synthcraft.ui.cli_bench_generators import generators
from synthcraft.ui.cli_bench_language import language
from synthcraft.ui.cli_bench_router import router
from synthcraft.ui.cli_bench_traces import traces
from synthcraft.ui.cli_demo import demo
from synthcraft.ui.cli_doctor import doctor
from synthcraft.ui.cli_errors import Commands
from synthcraft.ui.cli_evaluate import evaluate
from synthcraft.ui.cli_language import card, ledger, understand
from synthcraft.ui.cli_replay import replay
from synthcraft.ui.cli_run import run

app = typer.Typer(
    cls=Commands,
    help="From a real health table to synthetic data that you can defend.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


benches = typer.Typer()
benches.callback(invoke_without_command=True)(bench)
benches.command()(router)
benches.command()(generators)
benches.command()(traces)
benches.command()(language)


@app.callback()
def top() -> None:
    """From a real health table to synthetic data that you can defend."""


@app.command()
def chat(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    home: options.Home = None,
    cluster: options.Cluster = None,
    llm: options.Llm = None,
    as_json: options.Json = False,
) -> None:
    """Open the page: one conversation, files in, results out."""
    from synthcraft.ui.app import serve
    from synthcraft.ui.cli_output import print_json

    settings = options.read_settings(home, cluster=cluster, llm=llm)
    if as_json:
        print_json({"url": f"http://{host}:{port}"})
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        serve(settings, host, port)


app.command()(run)
app.command()(evaluate)
app.command()(analyse)
app.command()(understand)
app.command()(card)
app.command()(ledger)
app.command()(demo)
app.command()(doctor)
app.command()(cli_report.report)
app.command()(replay)
app.add_typer(benches, name="bench")
app.add_typer(cli_sessions.app, name="sessions")
app.add_typer(cli_generators.app, name="generators")
app.add_typer(cli_engines.app, name="engines")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(cli_report.audit, name="audit")


def main() -> None:
    """Entry point of the `synthcraft` script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app()
