"""`synthcraft case`: the paper's two case studies, its printed figures beside ours."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.evals.case.batch import Found, Setup
    from synthcraft.evals.case.records import CaseResults, Verdicts
    from synthcraft.ui.commands.screen import Screen

HEADERS = ("the paper says", "printed", "ours, paper", "", "ours, rigorous", " ")


def case(
    name: Annotated[str, typer.Argument(help="nhanes or tcga.")],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with the published files.")
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="nhanes: fetch the five files; goes on if cut off.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the page; else out/case_NAME.")
    ] = None,
    preset: Annotated[options.Preset, typer.Option(help="Size of the engines.")] = "standard",
    generators: Annotated[
        list[str] | None, typer.Option(help="Engines, in their order; else the paper's four.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time limit; what is beyond it is named.", min=0)
    ] = None,
    fits: Annotated[int, typer.Option(help="Fits of each engine in rigorous mode.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Seed of every draw.", min=0)] = 0,
    results: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep case_NAME_PRESET.json and its part of RESULTS.md."),
    ] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Run a case study of the paper; finished steps are kept, and a second call goes on."""
    from synthcraft.evals import page
    from synthcraft.evals.case.protocol import find
    from synthcraft.evals.case.report import write
    from synthcraft.evals.case.section import keep
    from synthcraft.evals.case.steps import Asked
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.request import check_out

    find(name)
    if download and name != "nhanes":
        raise InputError(f"The data of {name} cannot be fetched.", "Name their folder with --data.")
    settings = options.read_settings(home)
    folder = settings.home / "case"
    if data is None and not download:
        raise InputError("No data were named.", "Give --data DIR, or for nhanes --download.")
    out = out or Path("out") / f"case_{name}"
    check_out(out)
    if results is not None:
        page.prepare(results)
    asked = Asked(
        preset=preset,
        fits=fits,
        seed=seed,
        memory_mb=settings.memory_mb,
        timeout_s=settings.job_timeout_s,
    )
    engines = options.names(generators)
    said = _command(name, preset, engines, minutes, fits, seed)
    place = data or folder / name
    record, found = _run(settings, name, place, download, asked, engines, minutes, said)
    files = write(record, found, out)
    if results is not None:
        keep(record, results)
    if as_json:
        print_json(record.model_dump(mode="json"))
    else:
        _show(record, files["report.html"])


def _run(
    settings: Any,
    name: str,
    data: Path,
    download: bool,
    asked: Any,
    engines: tuple[str, ...],
    minutes: float | None,
    command: str,
) -> tuple[CaseResults, Found]:
    from synthcraft.evals.case import batch, build
    from synthcraft.evals.case.download import download as fetch
    from synthcraft.graph.deps import make_deps
    from synthcraft.ui.commands.evaluate import workplace
    from synthcraft.ui.commands.screen import Screen

    async def found(screen: Screen) -> tuple[Setup, Found]:
        deps = make_deps(settings)
        try:
            if download:
                await asyncio.to_thread(fetch, data, tell=screen.say)
            place = workplace(settings, deps, screen)
            folder = settings.home / "case"
            setup = build.setup(name, data, folder, deps.store, asked, engines, minutes)
            return setup, await batch.run(setup, place)
        finally:
            await deps.jobs.close()

    with Screen() as screen:
        setup, done = asyncio.run(found(screen))
    return build.results_of(setup, done, command), done


def _show(record: CaseResults, report: str) -> None:
    """The comparison as a table, what did not run, and where the page is."""
    from synthcraft.ui.commands.output import print_table

    print_table((_row(line) for line in record.compared), HEADERS)
    for step in record.missing:
        typer.echo(f"{step.name}: {step.status}, {step.message}")
    typer.echo(f"Report: {report}")


def _row(line: Verdicts) -> dict[str, str]:
    from synthcraft.evals.case.protocol import MODES

    cells = [line.says, line.printed]
    for mode in MODES:
        cells += [line.ours[mode], line.verdict[mode]]
    return dict(zip(HEADERS, cells, strict=True))


def _command(
    name: str,
    preset: str,
    engines: tuple[str, ...],
    minutes: float | None,
    fits: int,
    seed: int,
) -> str:
    """What repeats the case; the folder is where the data lie."""
    words = [("data", "DIR"), ("preset", preset), ("generators", ",".join(engines))]
    words += [("minutes", "" if minutes is None else f"{minutes:g}"), ("fits", str(fits))]
    words += [("seed", str(seed) if seed else "")]
    return f"synthcraft case {name} " + " ".join(f"--{n} {v}" for n, v in words if v)
