"""`synthcraft generators visits`: people with several visits, by an engine of time series."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthcraft.graph.errors import InputError, JobError
from synthcraft.ui.commands import options

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.graph.deps import Deps, Settings
    from synthcraft.tools.generators.base import GeneratorSpec
    from synthcraft.tools.job_records import JobResult, JobSpec
    from synthcraft.tools.table_schema import TableSchema


def visits(
    file: Annotated[Path, typer.Argument(help="Table with one row per visit.")],
    engine: Annotated[str, typer.Option(help="timegan, timevae or fflows.", metavar="NAME")],
    subject: Annotated[str, typer.Option(help="Column of the person.", metavar="COLUMN")],
    time: Annotated[str, typer.Option(help="Column of the time.", metavar="COLUMN")],
    out: Annotated[Path, typer.Option(help="File to write: .csv or .parquet.", metavar="FILE")],
    people: Annotated[
        int | None, typer.Option(help="People to make; as many as real ones by default.", min=1)
    ] = None,
    preset: Annotated[options.Preset, typer.Option(help="Effort of training.")] = "standard",
    passes: Annotated[
        int | None, typer.Option(help="Passes over the people instead of the preset's.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every draw.", min=0)] = 0,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Make people with their visits; nothing of it is evaluated, and the label says so."""
    from synthcraft.ui.commands.output import print_json, printable

    if out.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"Tables are written as .csv or .parquet, not {out.suffix!r}.")
    if out.absolute() == file.absolute():
        raise InputError("The made table would take the place of the real one.", "Name another.")
    asked = {"subject": subject, "time": time, "people": people, "seed": seed}
    asked |= {"engine": engine, "preset": preset, "passes": passes}
    label = asyncio.run(_made(options.read_settings(home), file, out, asked))
    if as_json:
        print_json(label)
        return
    typer.echo(
        printable(
            f"{label['generator']} made {label['people']:,} people with {label['rows']:,} visits: "
            f"{label['file']}.\nClaim level: {label['claim_level']}.\n{label['evaluation']}"
        )
    )


async def _made(settings: Settings, file: Path, out: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Runs the job, writes the table and its label; returns the label."""
    from synthcraft.graph.deps import make_deps
    from synthcraft.tools.generators.visits import engine_of_visits
    from synthcraft.tools.ingest import ingest, write_table
    from synthcraft.tools.labels import NOTE, write_labelled

    table = ingest(file)
    schema = _taken(table.schema, asked)
    frame = table.frame[list(schema.names)]
    spec = engine_of_visits(asked["engine"])
    params = _checked(spec, frame, schema, asked)
    deps = make_deps(settings)
    try:
        job = _job(
            deps, settings, frame, schema, asked | {"generator": spec.name, "params": params}
        )
        result = await _run(job, deps)
        made = deps.store.read_frame(result.outputs["synthetic"].sha256)
    finally:
        await deps.jobs.close()
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() == ".parquet":
        write_labelled(made, out, spec.name)
    else:
        write_table(made, schema, out)
    label = {
        "synthetic": True,
        "note": NOTE,
        "file": str(out),
        "generator": spec.name,
        "params": params,
        "seed": job.seed,
        "claim_level": spec.claim_level,
        "left_out": [n for n in table.schema.names if n not in schema.names],
        **result.info,
    }
    out.with_suffix(".label.json").write_text(json.dumps(label, indent=2) + "\n", encoding="utf-8")
    return label


def _taken(schema: TableSchema, asked: dict[str, Any]) -> TableSchema:
    """Without other identifiers and free text, which no engine takes."""
    from synthcraft.tools.metrics.columns import is_compared

    kept = (asked["subject"], asked["time"])
    return schema.only(tuple(c.name for c in schema.columns if c.name in kept or is_compared(c)))


def _checked(
    spec: GeneratorSpec, frame: pd.DataFrame, schema: TableSchema, asked: dict[str, Any]
) -> dict[str, Any]:
    """The engine's parameters; refuses what the job would refuse, before it starts."""
    from synthcraft.tools.generators.catalogue import validate_params
    from synthcraft.tools.generators.visits import encode_visits

    encode_visits(frame, schema, asked["subject"], asked["time"])
    passes = {"n_iter": asked["passes"]} if asked["passes"] else {}
    return spec.at(asked["preset"], len(frame)) | validate_params(spec, passes)


def _job(
    deps: Deps, settings: Settings, frame: pd.DataFrame, schema: TableSchema, asked: dict[str, Any]
) -> JobSpec:
    from synthcraft.tools.job_records import JobSpec

    named = ("generator", "params", "subject", "time", "people")
    return JobSpec(
        kind="visits",
        params={name: asked[name] for name in named},
        inputs={
            "train": deps.store.put_frame(frame, "table").sha256,
            "schema": deps.store.put_json(schema.model_dump(mode="json"), "schema").sha256,
        },
        seed=asked["seed"],
        memory_mb=settings.memory_mb,
        timeout_s=settings.job_timeout_s,
    )


async def _run(job: JobSpec, deps: Deps) -> JobResult:
    result = await deps.jobs.run(job)
    if result.status != "ok":
        raise JobError(result.message, code=result.code)
    return result
