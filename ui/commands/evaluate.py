"""`synthcraft evaluate`: bring your own synthetic files, from any tool."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.graph.errors import InputError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.graph.deps import Settings
    from synthcraft.tools.compare.evaluate import Evaluated, Workplace
    from synthcraft.tools.plan_file import EvaluationPlan
    from synthcraft.ui.commands.screen import Screen

Names = list[str] | None


def evaluate(
    real: Annotated[Path, typer.Argument(help="Real rows that a generator may have seen.")],
    synthetic: Annotated[
        list[Path], typer.Argument(help="Synthetic files, side by side.", metavar="SYNTHETIC...")
    ],
    holdout: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Real rows that no generator saw; privacy needs them."),
    ] = None,
    target: options.Target = None,
    task: options.TaskOption = None,
    time: options.Time = None,
    protected: Annotated[Names, typer.Option(help="Columns of groups: a,b or repeated.")] = None,
    sensitive: Annotated[Names, typer.Option(help="Columns an attacker wants to learn.")] = None,
    quasi: Annotated[Names, typer.Option(help="Columns an attacker may know.")] = None,
    ignore: Annotated[Names, typer.Option(help="Columns to leave out on both sides.")] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Survey weights of the real rows.")
    ] = None,
    strata: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Strata of the survey.")
    ] = None,
    psu: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Primary sampling units, by stratum.")
    ] = None,
    use_case: Annotated[options.UseCase | None, typer.Option(help="Purpose.")] = None,
    families: Annotated[Names, typer.Option(help="Only these families of metrics.")] = None,
    tier: Annotated[options.Tier | None, typer.Option(help="How thorough.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.", min=0)] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A plan (YAML), or a results.json, instead of options."),
    ] = None,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="synthcity's own numbers too, beside ours.")
    ] = False,
    legacy_limit: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Its metrics that would take longer are left out."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write report.html, results.json and the plan here."),
    ] = None,
    home: options.Home = None,
    cluster: options.Cluster = None,
    as_json: options.Json = False,
) -> None:
    """Measure synthetic files against real rows, whatever made them."""
    from synthcraft.ui.commands.output import print_json
    from synthcraft.ui.commands.request import check_out
    from synthcraft.ui.commands.verdicts import print_comparison

    roles = options.roles(
        {"target": target, "task": task, "time": time},
        protected=protected, sensitive=sensitive, quasi=quasi, ignored=ignore,
    )  # fmt: skip
    design = {"weights": weights, "strata": strata, "psu": psu}
    said = {
        "use_case": use_case,
        "families": options.names(families),
        "tier": tier,
        "roles": roles,
        "survey": {name: column for name, column in design.items() if column},
        "seeds": {"evaluation": seed} if seed is not None else None,
        "split": {"seed": seed} if seed is not None else None,
    }
    asked = _plan(plan, {name: value for name, value in said.items() if value})
    allowed = _allowed(legacy, legacy_limit)
    check_out(out)
    settings = options.read_settings(home, cluster=cluster)
    done = _run(settings, real, synthetic, asked, holdout, allowed)
    files = _write(done, asked, out) if out is not None else {}
    if as_json:
        print_json(done.record.payload())
    else:
        print_comparison(done.record, files)


def _plan(path: Path | None, said: dict[str, Any]) -> EvaluationPlan:
    """The plan of the file, or the one that the options make: never a mixture of the two."""
    from synthcraft.tools.plan_yaml import plan_from, read_plan_file

    if path is None:
        return plan_from(said, "The options")
    if said:
        raise InputError(
            f"A plan was given, so nothing else may change it ({', '.join(said)}).",
            "Change the plan, or leave out --plan.",
        )
    return read_plan_file(path)


def _allowed(legacy: bool, limit: float | None) -> float | None:
    """Seconds for each metric of the legacy panel; None: it was not asked for."""
    from synthcraft.tools.legacy.panel import LIMIT_S

    if limit is not None and (not legacy or not limit >= 0):
        raise InputError(
            "A limit of the legacy panel is a number of seconds, 0 or more, beside --legacy.",
            "Give --legacy --legacy-limit 300.",
        )
    return (LIMIT_S if limit is None else limit) if legacy else None


def _run(
    settings: Settings,
    real: Path,
    synthetic: list[Path],
    plan: EvaluationPlan,
    holdout: Path | None,
    legacy_s: float | None,
) -> Evaluated:
    from synthcraft.graph.deps import make_deps
    from synthcraft.tools.compare.evaluate import evaluate_files
    from synthcraft.ui.commands.screen import Screen

    async def measured(screen: Screen) -> Evaluated:
        deps = make_deps(settings)
        try:
            return await evaluate_files(
                real, synthetic, plan, workplace(settings, deps, screen), holdout, legacy_s
            )
        finally:
            await deps.jobs.close()

    with Screen() as screen:
        return asyncio.run(measured(screen))


def workplace(settings: Settings, deps: Any, screen: Screen) -> Workplace:
    """Where the jobs of an evaluation or an analysis run, and who hears of their progress."""
    from synthcraft.graph.views import Event
    from synthcraft.tools.compare.evaluate import Workplace
    from synthcraft.tools.job_records import JobProgress

    def listen(family: str, progress: JobProgress) -> None:
        if progress.waits:
            return  # for others of this command, under the same name
        screen(
            Event(
                kind="progress",
                text=progress.message,
                fraction=progress.fraction,
                subject=family.replace("_", " "),
            )
        )

    return Workplace(
        home=settings.home,
        store=deps.store,
        jobs=deps.jobs,
        memory_mb=settings.memory_mb,
        timeout_s=settings.job_timeout_s,
        tell=screen.say,
        listen=listen,
    )


def _write(done: Evaluated, plan: EvaluationPlan, out: Path) -> dict[str, str]:
    from synthcraft.tools.compare.outputs import write_comparison

    return write_comparison(done.released, done.curves, plan, out)
