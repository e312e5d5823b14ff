"""The real rows and the files beside them, read once and put under one schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from synthcraft.graph.errors import DataError, InputError
from synthcraft.graph.records import Task
from synthcraft.tools.alignment import align
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.compare.holdout import NO_HOLDOUT, Rows, given_rows, split_rows_of
from synthcraft.tools.ingest import Ingested, ingest
from synthcraft.tools.metrics.columns import is_compared
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.raw_table import missing_column, quoted
from synthcraft.tools.table_limits import Limits
from synthcraft.tools.table_schema import TableSchema
from synthcraft.tools.target import check_target

_ANY_SIZE = Limits(min_rows=1)


@dataclass(frozen=True)
class SyntheticFile:
    """One file to be evaluated, or the reason why it cannot be."""

    id: str
    path: Path
    sha256: str = ""
    frame: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    problem: InputError | None = None


@dataclass(frozen=True)
class Tables:
    """Everything that was read, ready for the jobs."""

    real: Path
    real_sha256: str
    rows: Rows
    schema: TableSchema
    task: Task
    files: tuple[SyntheticFile, ...]
    real_rows: int
    holdout: Path | None = None
    holdout_sha256: str = ""
    holdout_rows: int = 0
    notes: tuple[str, ...] = ()


def read_tables(
    real: Path, synthetic: Sequence[Path], holdout: Path | None, plan: EvaluationPlan
) -> Tables:
    """Read all files; a synthetic file that cannot be read does not stop the others.

    Raises:
        InputError: the real file or the holdout cannot be used, or a column of the plan is not
            there.
    """
    table = ingest(real)
    for place, name in _columns(plan).items():
        if name not in table.schema.names:
            error = missing_column(name, table.schema.names)
            raise DataError(f"{error.message[:-1]} for {place}.", error.hint, code=error.code)
    task, said = _task(table, plan)
    apart = (*plan.roles.ignored, *plan.survey.names)
    kept = tuple(name for name in table.schema.names if name not in apart)
    schema = _with_unit(table.schema.only(kept), plan.unit)
    frame = table.frame[[*kept, *plan.survey.names]]
    held = _holdout(holdout, schema) if holdout else None
    if held is None:
        rows = split_rows_of(frame, schema, plan, task, NO_HOLDOUT)
    else:
        rows = given_rows(frame, held, schema, plan, task)
    return Tables(
        real=real,
        real_sha256=hash_file(real),
        rows=rows,
        schema=schema,
        task=task,
        files=_files(synthetic, schema, plan),
        real_rows=len(table.frame),
        holdout=holdout,
        holdout_sha256=hash_file(holdout) if holdout else "",
        holdout_rows=0 if held is None else len(held),
        notes=(*table.notes, *said, *_no_role(schema, plan), *rows.notes),
    )


def _no_role(schema: TableSchema, plan: EvaluationPlan) -> list[str]:
    """Columns whose role comes to nothing: they are never compared."""
    roles = plan.roles
    named = dict.fromkeys((*roles.protected, *roles.sensitive, *roles.quasi))
    lost = [name for name in named if not is_compared(schema[name])]
    if not lost:
        return []
    return [
        f"Nothing is assessed by {quoted(lost)}, though a role was named for it: nearly every row "
        "has a value of its own, as identifiers and free text do."
    ]


def _columns(plan: EvaluationPlan) -> dict[str, str]:
    """Every column that the plan names, by its field."""
    unit = {"unit": plan.unit} if plan.unit else {}
    strata = {f"split.strata[{i}]": name for i, name in enumerate(plan.split.strata)}
    bands = {f"bands.{name}": name for name in plan.bands}
    return {**unit, **plan.roles.columns, **strata, **bands, **plan.survey.fields}


def _with_unit(schema: TableSchema, unit: str | None) -> TableSchema:
    """The schema with the person's number as an identifier: it is never compared."""
    columns = (
        c.model_copy(update={"kind": "identifier", "categories": ()}) if c.name == unit else c
        for c in schema.columns
    )
    return TableSchema(columns=tuple(columns))


def _task(table: Ingested, plan: EvaluationPlan) -> tuple[Task, tuple[str, ...]]:
    """The task of the target; a rare outcome is no reason not to measure the rest."""
    target, asked = plan.roles.target, plan.roles.task
    if target is None:
        return "none", ()
    try:
        return check_target(table.frame, table.schema, target, asked, plan.roles.time), ()
    except DataError as error:
        if error.code != "E_TARGET_RARE":
            raise
    note = f"The outcome {quoted([target])} is too rare for much to be said about prediction."
    return "survival" if asked == "survival" else "classification", (note,)


def _holdout(path: Path, schema: TableSchema) -> pd.DataFrame:
    frame = ingest(path, limits=_ANY_SIZE).frame
    compared = [c.name for c in schema.columns if c.kind not in ("identifier", "text", "constant")]
    if absent := [name for name in compared if name not in frame]:
        raise DataError(
            f"The holdout {path.name} lacks columns of the real file: {quoted(absent)}.",
            "A holdout has the columns of the real file; export it the same way.",
            code="E_HOLDOUT",
        )
    return align(frame, schema).frame


def _files(
    paths: Sequence[Path], schema: TableSchema, plan: EvaluationPlan
) -> tuple[SyntheticFile, ...]:
    files: list[SyntheticFile] = []
    for path in paths:
        name = _free(path.stem, {f.id for f in files})
        file = _read(name, path, schema, plan)
        for twin in [f.id for f in files if f.sha256 and f.sha256 == file.sha256][:1]:
            file = replace(file, notes=(*file.notes, f"It has the same bytes as {twin}."))
        files.append(file)
    return tuple(files)


def _free(stem: str, taken: set[str]) -> str:
    """The file's name, with a number where another file has it already."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def _read(name: str, path: Path, schema: TableSchema, plan: EvaluationPlan) -> SyntheticFile:
    try:
        found = ingest(path, limits=_ANY_SIZE)
    except InputError as error:
        sha = hash_file(path) if path.is_file() else ""
        return SyntheticFile(name, path, sha, problem=error)
    design = found.frame[[name for name in plan.survey.names if name in found.frame]]
    apart = [*plan.roles.ignored, *design.columns]
    done = align(found.frame.drop(columns=apart, errors="ignore"), schema)
    frame = done.frame.join(design)
    return SyntheticFile(name, path, hash_file(path), frame, (*found.notes, *done.notes))
