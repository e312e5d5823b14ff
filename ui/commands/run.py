"""`synthcraft run`: the whole pipeline from a table to evaluated synthetic data and a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView
    from synthcraft.ui.commands.screen import Screen

Names = list[str] | None


def run(
    data: Annotated[
        list[Path], typer.Argument(help="Table, or tables to join.", metavar="DATA...")
    ],
    target: options.Target = None,
    task: options.TaskOption = None,
    time: options.Time = None,
    use_case: Annotated[options.UseCase | None, typer.Option(help="Purpose.")] = None,
    sensitive: Annotated[Names, typer.Option(help="Sensitive columns: a,b or repeated.")] = None,
    protected: Annotated[Names, typer.Option(help="Columns of groups to be fair to.")] = None,
    generators: Annotated[
        Names,
        typer.Option(
            help="Exactly these generators; auto: run few within --budget, keep the best."
        ),
    ] = None,
    exclude: Annotated[Names, typer.Option(help="Never these generators.")] = None,
    param: Annotated[Names, typer.Option(metavar="GEN.NAME=VALUE", help="A parameter.")] = None,
    epsilon: Annotated[float | None, typer.Option(help="Budget of differential privacy.")] = None,
    rows: Annotated[int | None, typer.Option(help="Synthetic rows per generator.")] = None,
    replicates: Annotated[
        int | None, typer.Option(metavar="N", help="Independent fits per generator.")
    ] = None,
    budget: Annotated[float | None, typer.Option(metavar="MINUTES", help="Time limit.")] = None,
    preset: Annotated[options.Preset | None, typer.Option(help="Effort of training.")] = None,
    tier: Annotated[options.Tier | None, typer.Option(help="Effort of the evaluation.")] = None,
    min_cell: Annotated[
        int | None, typer.Option(metavar="N", help="People behind every real number; 10 or more.")
    ] = None,
    columns: Annotated[Names, typer.Option(help="Only these columns of the data.")] = None,
    codebook: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What the columns mean; CSV or Excel.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the project is called in lists.")] = "",
    join_on: Annotated[str | None, typer.Option(help="Key by which tables are joined.")] = None,
    prompt: Annotated[str, typer.Option(help="What you want, in your own words.")] = "",
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="A recorded plan.")] = None,
    approve: options.ApproveOption = "ask",
    actor: options.Actor = None,
    seed: Annotated[int, typer.Option(help="Same plan, seed, versions: same bytes.", min=0)] = 0,
    out: options.Out = None,
    home: options.Home = None,
    database: options.Database = None,
    cluster: options.Cluster = None,
    llm: options.Llm = None,
    as_json: options.Json = False,
) -> None:
    """Take a table to evaluated synthetic data and a report."""
    from synthcraft.graph.contracts import Changes
    from synthcraft.ui.commands.codebook import ask_codebook
    from synthcraft.ui.commands.drive import carry_out
    from synthcraft.ui.commands.keepers import keeper
    from synthcraft.ui.commands.request import check_out, named_or_chosen, parameters, read_plan

    request = Changes(
        target=target,
        task=task,
        time_column=time,
        use_case=use_case,
        sensitive=options.names(sensitive) if sensitive else None,
        protected=options.names(protected) if protected else None,
        **named_or_chosen(options.names(generators)),
        exclude=options.names(exclude),
        parameters=parameters(param or ()),
        epsilon=epsilon,
        rows=rows,
        budget_minutes=budget,
        preset=preset,
        tier=tier,
        replicates=replicates,
        min_cell=min_cell,
    )
    recorded = read_plan(plan) if plan else None
    check_out(out)
    settings = options.read_settings(home, actor=actor, database=database, cluster=cluster, llm=llm)

    async def begin(runner: Runner, screen: Screen) -> SessionView:
        kept, described = options.names(columns), None
        if codebook:
            described = await ask_codebook(
                codebook, data, kept, join_on, approve, settings.actor, screen
            )
        return await runner.start(
            data,
            request,
            seed=seed,
            prompt=prompt,
            columns=kept,
            join_on=join_on,
            title=name,
            codebook=described,
            plan=recorded,
            unattended=approve == "auto",
            on_event=screen,
        )

    keep = keeper(approve, settings.actor, "command line")
    raise typer.Exit(carry_out(settings, begin, keep, out, as_json))
