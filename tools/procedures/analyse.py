"""One of the paper's analyses on files from anywhere: read, check, run as a job, record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthcraft.graph.errors import DataError, InputError, JobError
from synthcraft.tools.compare.evaluate import Workplace
from synthcraft.tools.compare.tables import Tables, read_tables
from synthcraft.tools.disclosure.analysis import released_analysis
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.generators.catalogue import find as generator
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.job_records import JobSpec
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.procedures.record import Analysis, stamp_of
from synthcraft.tools.procedures.registry import Need, Procedure, find
from synthcraft.tools.provenance import utc_now
from synthcraft.tools.raw_table import quoted
from synthcraft.tools.target import check_target

_LACKS: dict[Need, tuple[str, str]] = {
    "target": ("an outcome", "Name its column: --target COLUMN."),
    "synthetic": ("synthetic rows", "Give a synthetic file, or --generators cart."),
    "generators": ("generators to fit", "Name them: --generators cart."),
    "group": ("a column of groups", "Name it: --protected COLUMN."),
}


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        plan: columns by their roles, unit, split, bands and seed.
        pooled: whether the files are independent fits of one generator.
        generators: names of the catalogue; `fits` independent fits of each.
    """

    procedure: str
    mode: Mode
    plan: EvaluationPlan
    pooled: bool = False
    generators: tuple[str, ...] = ()
    fits: int = 1
    bootstrap: int = 1000


async def analyse_files(
    real: Path,
    synthetic: Sequence[Path],
    request: Request,
    place: Workplace,
    holdout: Path | None = None,
) -> Released[Analysis]:
    """Run one procedure in the worker; what comes back may leave.

    Raises:
        InputError: a file, a column or the question cannot be used.
        JobError: the analysis ended without an answer.
    """
    asked = find(request.procedure)
    for name in request.generators:
        generator(name)
    _complete(asked, request, synthetic)
    tables = await asyncio.to_thread(read_tables, real, synthetic, holdout, request.plan)
    for file in tables.files:
        if file.problem is not None:
            raise file.problem
    _fit_for(asked, tables, request.plan)
    began = utc_now()
    spec = await asyncio.to_thread(_spec, tables, request, place)
    done = await place.jobs.run(spec, lambda progress: place.listen(asked.name, progress))
    if done.status != "ok":
        raise JobError(done.message, code=done.code or "E_JOB")
    answer = place.store.read_json(done.outputs["answer"].sha256)
    stamp = stamp_of(request.mode)
    record = Analysis(
        created=began,
        procedure=asked.name,
        title=asked.title,
        mode=request.mode,
        stamp=stamp,
        real={
            "file": tables.real.name,
            "sha256": tables.real_sha256,
            "rows": tables.real_rows,
            "columns": len(tables.schema.names),
        },
        synthetic={
            name: [tables.files[i].sha256 for i in places]
            for name, places in _sets(tables, request).items()
        },
        generators=request.generators,
        seed=request.plan.seeds.evaluation,
        asked=request.plan.agreement()["plan"],
        notes=_notes(tables, request),
        tables=answer["tables"],
        figures=answer["figures"],
        facts=answer["facts"],
    )
    return released_analysis(record)


def _complete(asked: Procedure, request: Request, synthetic: Sequence[Path]) -> None:
    """Nothing is read before everything is named that the analysis cannot do without."""
    given: dict[Need, bool] = {
        "target": request.plan.roles.target is not None,
        "synthetic": bool(synthetic or request.generators),
        "generators": bool(request.generators),
        "group": bool(request.plan.roles.protected),
    }
    for need, (what, hint) in _LACKS.items():
        if need in asked.needs and not given[need]:
            raise InputError(f"The procedure {asked.name!r} needs {what}.", hint, code="E_ASKED")
    if synthetic and "generators" in asked.needs:
        raise InputError(
            f"The procedure {asked.name!r} fits generators itself, in every fold or group.",
            "Leave out the synthetic files and name --generators.",
            code="E_ASKED",
        )


def _fit_for(asked: Procedure, tables: Tables, plan: EvaluationPlan) -> None:
    """Outcomes too rare, which an evaluation only remarks upon, leave nothing to analyse."""
    target = plan.roles.target
    if target is None or "target" not in asked.needs:
        return
    if asked.name == "discrimination" and tables.task != "classification":
        raise DataError(
            "Discrimination needs an outcome with two classes.",
            f"{quoted([target])} is an outcome for {tables.task}.",
            code="E_TARGET_TASK",
        )
    if tables.task in ("classification", "survival"):
        rows = pd.concat([tables.rows.train, tables.rows.holdout])
        check_target(rows, tables.schema, target, tables.task, plan.roles.time)


def _sets(tables: Tables, request: Request) -> dict[str, list[int]]:
    """Name -> places of its files."""
    if request.pooled and tables.files:
        return {"synthetic": list(range(len(tables.files)))}
    return {file.id: [i] for i, file in enumerate(tables.files)}


def _spec(tables: Tables, request: Request, place: Workplace) -> JobSpec:
    plan, put, sets = request.plan, place.store.put_frame, _sets(tables, request)
    frames = {"train": tables.rows.train, "holdout": tables.rows.holdout}
    for name, places in sets.items():
        made = [tables.files[i].frame for i in places]
        frames |= {f"synthetic/{name}/{i}": f for i, f in enumerate(made) if f is not None}
    schema = tables.schema.model_dump(mode="json")
    inputs = {name: put(frame, "table", "analyse").sha256 for name, frame in frames.items()}
    params: dict[str, Any] = {
        "procedure": request.procedure,
        "mode": request.mode,
        "sets": {name: len(places) for name, places in sets.items()},
        "generators": list(request.generators),
        "fits": request.fits,
        "target": plan.roles.target,
        "task": tables.task,
        "time_column": plan.roles.time,
        "protected": list(plan.roles.protected),
        "sensitive": list(plan.roles.sensitive),
        "quasi_identifiers": list(plan.roles.quasi),
        "holdout_seen": _seen(tables, request),
        "bands": {name: list(limits) for name, limits in plan.bands.items()},
        "min_cell": plan.min_cell,
        "patient": plan.unit,
        "bootstrap": request.bootstrap,
    }
    return JobSpec(
        kind="analyse",
        params=params,
        inputs=inputs | {"schema": place.store.put_json(schema, "schema", "analyse").sha256},
        seed=plan.seeds.evaluation,
        memory_mb=place.memory_mb,
        timeout_s=place.timeout_s,
    )


def _seen(tables: Tables, request: Request) -> str:
    """Why the makers of the tables may have seen the rows set aside; empty: they did not."""
    if request.mode == "paper" and request.generators:
        return "The generators learnt from every real row."
    return tables.rows.seen if tables.files else ""


def _notes(tables: Tables, request: Request) -> tuple[str, ...]:
    """What was said on reading, and on whom models were tried.

    That a maker may have seen every row is said of files only, and not of the paper's way.
    """
    rows, files = tables.rows, tables.files
    notes = list(tables.notes)
    if request.mode == "paper" or not files:
        notes = [note for note in notes if note not in rows.notes]
    if request.mode == "rigorous" and not files:
        notes.append(
            f"The real rows were parted into {in_words(len(rows.train))} to learn from "
            f"and {in_words(len(rows.holdout))} that no generator saw; folds are cut from all of "
            "them."
        )
    return (*notes, *(f"{file.id}: {note}" for file in files for note in file.notes))
