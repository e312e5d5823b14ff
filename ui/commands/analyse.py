"""`synthcraft analyse`: the paper's own analyses on your files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.tools.disclosure.released import Released
    from synthcraft.tools.plan_file import EvaluationPlan
    from synthcraft.tools.procedures.analyse import Request
    from synthcraft.tools.procedures.record import Analysis
    from synthcraft.ui.commands.screen import Screen

Names = list[str] | None
Mode = Literal["rigorous", "paper"]


def analyse(
    real: Annotated[Path, typer.Argument(help="Real rows.")],
    synthetic: Annotated[
        list[Path] | None, typer.Argument(help="Synthetic files.", metavar="[SYNTHETIC]...")
    ] = None,
    procedure: Annotated[
        str,
        typer.Option(
            help="table2, table3, discrimination, augmentation, purity, quality or privacy."
        ),
    ] = "table2",
    mode: Annotated[Mode, typer.Option(help="paper: the published way, stamped.")] = "rigorous",
    holdout: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Real rows that no generator saw.")
    ] = None,
    target: options.Target = None,
    task: options.TaskOption = None,
    time: options.Time = None,
    protected: Annotated[Names, typer.Option(help="Columns of groups: a,b or repeated.")] = None,
    sensitive: Annotated[Names, typer.Option(help="Columns an attacker wants to learn.")] = None,
    quasi: Annotated[Names, typer.Option(help="Columns an attacker may know.")] = None,
    bands: Annotated[
        Names, typer.Option(metavar="COLUMN=40,60", help="Inner limits of a number's groups.")
    ] = None,
    ignore: Annotated[Names, typer.Option(help="Columns to leave out on both sides.")] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column that numbers the persons.")
    ] = None,
    generators: Annotated[Names, typer.Option(help="Generators to fit here, by name.")] = None,
    fits: Annotated[int, typer.Option(help="Independent fits of each generator.", min=1)] = 1,
    pooled: Annotated[
        bool, typer.Option("--pooled", help="The files are fits of one generator.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of every draw.", min=0)] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write report, results and tables here.")
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Run one of the paper's analyses on real and synthetic rows."""
    from synthcraft.tools.procedures.analyse import Request
    from synthcraft.tools.procedures.outputs import write_analysis
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.request import check_out

    if (task == "survival") != (time is not None):
        raise InputError(
            "Survival needs the column of the time until the event, and a time needs survival.",
            "Give both: --task survival --time COLUMN.",
        )
    roles = options.roles(
        {"target": target, "task": task, "time": time},
        protected=protected, sensitive=sensitive, quasi=quasi, ignored=ignore,
    )  # fmt: skip
    request = Request(
        procedure=procedure,
        mode=mode,
        plan=_plan(roles, _limits(bands or []), unit, seed),
        pooled=pooled,
        generators=options.names(generators),
        fits=fits,
    )
    check_out(out)
    released = _run(options.read_settings(home), real, synthetic or [], request, holdout)
    files = write_analysis(released, out) if out is not None else {}
    record = released.value
    if as_json:
        print_json(record.payload())
    else:
        _show(record, files)


def _limits(said: list[str]) -> dict[str, list[float]]:
    """`COLUMN=40,60` by column."""
    found = {}
    for each in said:
        name, equals, text = each.rpartition("=")
        try:
            found[name.strip()] = [float(part) for part in text.split(",")]
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise InputError("The bands are not of the form COLUMN=40,60.", "Give --bands age=60.")
    return found


def _plan(
    roles: dict[str, Any], bands: dict[str, list[float]], unit: str | None, seed: int
) -> EvaluationPlan:
    from synthcraft.tools.plan_yaml import plan_from

    seeds = {"seeds": {"evaluation": seed}, "split": {"seed": seed}}
    return plan_from({"roles": roles, "bands": bands, "unit": unit, **seeds}, "The options")


def _run(
    settings: Any, real: Path, synthetic: list[Path], request: Request, holdout: Path | None
) -> Released[Analysis]:
    from synthcraft.graph.deps import make_deps
    from synthcraft.tools.procedures.analyse import analyse_files
    from synthcraft.ui.commands.evaluate import workplace
    from synthcraft.ui.commands.screen import Screen

    async def found(screen: Screen) -> Released[Analysis]:
        deps = make_deps(settings)
        try:
            place = workplace(settings, deps, screen)
            return await analyse_files(real, synthetic, request, place, holdout)
        finally:
            await deps.jobs.close()

    with Screen() as screen:
        return asyncio.run(found(screen))


def _show(record: Analysis, files: dict[str, str]) -> None:
    """Tables as text, each under its title, then where everything was written."""
    for table in record.tables:
        stamp = f" [{table.stamp}]" if table.stamp else ""
        typer.echo(f"\n{table.title}{stamp}")
        lines = [table.header, *table.rows] if table.rows else []
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            typer.echo("  ".join(cells).rstrip())
        for note in table.notes:
            typer.echo(f"  {note}")
    for note in record.notes:
        typer.echo(note)
    for path in files.values():
        typer.echo(path)
