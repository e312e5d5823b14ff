"""`synthcraft demo`: the whole pipeline on real NHANES data, without a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView
    from synthcraft.ui.commands.screen import Screen


def demo(
    budget: Annotated[float, typer.Option(metavar="MINUTES", help="Time limit.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Seed of every draw.", min=0)] = 1,
    out: options.Out = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Run on NHANES 2017-2018: adults, heart attack as the outcome, a named auto-approver."""
    from synthcraft.ui.commands.demo_data import source_file, wish, write_table
    from synthcraft.ui.commands.drive import carry_out
    from synthcraft.ui.commands.keepers import keeper
    from synthcraft.ui.commands.request import check_out

    source = source_file()
    check_out(out)
    settings = options.read_settings(home)
    table = write_table(source, settings.home / "demo")
    request = wish().model_copy(update={"budget_minutes": budget})

    async def begin(runner: Runner, screen: Screen) -> SessionView:
        return await runner.start([table], request, seed=seed, unattended=True, on_event=screen)

    keep = keeper("auto", settings.actor, "demo")
    raise typer.Exit(carry_out(settings, begin, keep, out, as_json))
