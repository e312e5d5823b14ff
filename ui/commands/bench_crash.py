"""`synthcraft bench crash`: a run is killed again and again, and has to lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthcraft.ui.commands import options
from synthcraft.ui.commands.errors import BUG, DONE

if TYPE_CHECKING:
    from synthcraft.evals.crash.kill import Ending


def crash(
    kills: Annotated[int, typer.Option(help="How often.", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="Same seed, same moments.")] = 0,
    moment: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:NTH:MS:WHOM", help="Only this moment, as a line names it."),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Work here: a batch goes on, what went wrong is left."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep results.json and RESULTS.md here.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Kill a run on NHANES at random moments, resume it, compare (a minute for each kill)."""
    from synthcraft.evals import bench, bench_crash, page
    from synthcraft.evals.crash.moments import Moment
    from synthcraft.graph.errors import InputError
    from synthcraft.ui.commands.output import print_json, print_table

    try:
        named = [Moment.read(words) for words in moment or ()]
    except ValueError as error:
        raise InputError(f"This is no moment: {error}.", "It is KIND:NTH:MS:WHOM.") from None
    if out is not None:
        page.prepare(out)
    endings: list[Ending] = []

    def measure(workbench: bench.Workbench) -> Iterator[bench.Line]:
        run = bench_crash.of(workbench, work)
        endings.extend(
            bench_crash.kills(run, kills, seed, named, lambda text: typer.echo(text, err=True))
        )
        yield from bench_crash.lines(endings)

    results = bench.results_of("crash", measure)
    if out is not None:
        bench.write(bench.read(out).with_run(results), out)
    tallies = bench_crash.tallies(endings)
    lost = [ending for tally in tallies for ending in tally.failures]
    if as_json:
        print_json(
            {
                **results.model_dump(mode="json"),
                "lost": [bench_crash.told(ending) for ending in lost],
            }
        )
    else:
        rows = [dict(zip(bench_crash.HEADERS, t.cells(), strict=True)) for t in tallies]
        print_table(rows, bench_crash.HEADERS)
    raise typer.Exit(BUG if lost else DONE)
