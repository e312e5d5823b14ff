"""`synthcraft generators pilot`: what a run will take, from a short one, beside what it took."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.graph.errors import InputError, JobError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    from synthcraft.graph.deps import Deps, Settings
    from synthcraft.tools.generators.prediction import Prediction
    from synthcraft.tools.job_records import JobResult, JobSpec

COLUMNS = ("generator", "", "seconds", "between", "memory MB", "ratio", "measured on")


def pilot(
    file: Annotated[Path, typer.Argument(help="Table that a generator would be trained on.")],
    engine: Annotated[list[str], typer.Option(help="Generators: a,b or repeated.", metavar="NAME")],
    preset: Annotated[options.Preset, typer.Option(help="Parameters of each.")] = "standard",
    rows: Annotated[
        int | None,
        typer.Option(help="Synthetic rows; as many as real ones by default.", min=1, max=1_000_000),
    ] = None,
    passes: Annotated[
        int | None, typer.Option(help="Passes over the rows instead of the preset's.", min=1)
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time that a run may take.", min=0.01)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every draw.", min=0)] = 0,
    run: Annotated[
        bool, typer.Option("--run", help="Then run it, and print both side by side.")
    ] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Predict time and memory of a generator by a pilot on this table."""
    from synthcraft.ui.commands.output import print_json, print_table

    settings = options.read_settings(home)
    engines = options.names(engine)
    if not engines:
        raise InputError("Name a generator with --engine.", "`generators list` shows them.")
    asked = {"preset": preset, "rows": rows, "passes": passes, "seed": seed}
    found = asyncio.run(_piloted(settings, file, engines, asked, minutes, run))
    if as_json:
        print_json({"pilots": found})
        return
    print_table((line for each in found for line in _lines(each)), COLUMNS)
    for each in found:
        if each["refused"]:
            typer.echo(f"{each['generator']}: {each['refused']}")


async def _piloted(
    settings: Settings,
    file: Path,
    engines: tuple[str, ...],
    asked: dict[str, Any],
    minutes: float | None,
    run: bool,
) -> list[dict[str, Any]]:
    """One entry a generator: what is predicted, and what a run took where there was one."""
    from synthcraft.graph.deps import make_deps
    from synthcraft.tools.generators.prediction import refusal

    deps = make_deps(settings)
    found = []
    try:
        inputs, size = _table(file, deps)
        for name in engines:
            spec = _spec(name, asked, inputs, size, settings)
            predicted = await _predicted(spec, deps)
            refused = refusal(predicted, minutes, settings.memory_mb)
            actual = await deps.jobs.run(spec) if run and not refused else _kept(spec, deps)
            found.append(
                {
                    "generator": spec.params["generator"],
                    "params": spec.params["params"],
                    "predicted": predicted.model_dump(mode="json"),
                    "actual": _actual(actual, predicted),
                    "refused": refused,
                }
            )
    finally:
        await deps.jobs.close()
    return found


def _table(file: Path, deps: Deps) -> tuple[dict[str, str], tuple[int, int]]:
    """The table and its schema in the store, without columns that no generator takes."""
    from synthcraft.tools.ingest import ingest
    from synthcraft.tools.metrics.columns import is_compared
    from synthcraft.tools.table_schema import TableSchema

    table = ingest(file)
    taken = tuple(c for c in table.schema.columns if is_compared(c))
    if not taken:
        raise InputError("The table has no column that a generator takes.")
    schema = TableSchema(columns=taken)
    frame = table.frame[list(schema.names)]
    inputs = {
        "train": deps.store.put_frame(frame, "table").sha256,
        "schema": deps.store.put_json(schema.model_dump(mode="json"), "schema").sha256,
    }
    return inputs, (len(frame), len(taken))


def _spec(
    name: str,
    asked: dict[str, Any],
    inputs: dict[str, str],
    size: tuple[int, int],
    settings: Settings,
) -> JobSpec:
    """The whole run, as a job."""
    from synthcraft.tools.generators.catalogue import find, validate_params
    from synthcraft.tools.job_records import JobSpec

    spec = find(name)
    if spec.task != "any":
        raise InputError(
            f"{spec.title} is made for {spec.task} alone, which this command does not know.",
            f"`generators show {spec.name}` says about how long it takes.",
        )
    params = spec.at(asked["preset"], size[0])
    if asked["passes"]:
        params |= validate_params(spec, {spec.cost.iterations or "n_iter": asked["passes"]})
    return JobSpec(
        kind="generate",
        params={
            "generator": spec.name,
            "params": params,
            "rows": asked["rows"] or size[0],
            "where": {},
        },
        inputs=inputs,
        seed=asked["seed"],
        memory_mb=settings.memory_mb,
        timeout_s=settings.job_timeout_s,
    )


async def _predicted(spec: JobSpec, deps: Deps) -> Prediction:
    from synthcraft.tools.generators.prediction import prediction_of

    result = await deps.jobs.run(spec.model_copy(update={"kind": "pilot"}))
    if result.status != "ok":
        raise JobError(
            f"The pilot of {spec.params['generator']} gave nothing: {result.message}",
            "Choose fewer rows, smaller parameters or another generator.",
            code=result.code,
        )
    return prediction_of(result.info)


def _kept(spec: JobSpec, deps: Deps) -> JobResult | None:
    """The same run from before, if there was one."""
    from synthcraft.tools.job_records import finished

    return finished(deps.jobs.home, deps.store, spec.key)


def _actual(result: JobResult | None, predicted: Prediction) -> dict[str, Any] | None:
    if result is None:
        return None
    if result.status != "ok":
        return {"status": result.status, "message": result.message}
    return {
        "seconds": result.seconds,
        "memory_mb": result.peak_mb,
        "ratio": round(result.seconds / predicted.seconds, 2) if predicted.seconds else None,
    }


def _lines(each: dict[str, Any]) -> list[dict[str, str]]:
    found, actual = each["predicted"], each["actual"]
    lines = [
        {
            "generator": each["generator"],
            "": "predicted",
            "seconds": f"{found['seconds']:,.1f}",
            "between": f"{found['low']:,.1f} and {found['high']:,.1f}",
            "memory MB": f"{found['memory_mb']:,.0f}",
            "measured on": found["basis"],
        }
    ]
    if actual and "seconds" in actual:
        lines.append(
            {
                "": "actual",
                "seconds": f"{actual['seconds']:,.1f}",
                "memory MB": f"{actual['memory_mb']:,.0f}",
                "ratio": f"{actual['ratio']}",
            }
        )
    elif actual:
        lines.append({"": actual["status"], "measured on": actual["message"]})
    return lines
