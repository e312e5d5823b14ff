"""What every step of a case study stands on: the real rows, parted once, as artefacts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthcraft.evals.case.protocol import Protocol
from synthcraft.tools.artifacts import ArtifactStore, write_atomically
from synthcraft.tools.compare.tables import Tables, read_tables
from synthcraft.tools.metrics.columns import is_compared
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_yaml import plan_from


@dataclass(frozen=True)
class Ground:
    """The real rows of a case.

    Attributes:
        train, holdout, everybody: SHA-256 of the rows; what the paper learns from is everybody.
        schema, learnt: SHA-256 of the schema, and of that part of it which generators take.
        rows: of everybody, and of the training rows.
        columns: how many generators take.
    """

    tables: Tables
    plan: EvaluationPlan
    train: str
    holdout: str
    everybody: str
    schema: str
    learnt: str
    rows: dict[str, int]
    columns: int


def prepare(case: Protocol, data: Path, folder: Path, store: ArtifactStore, seed: int) -> Ground:
    """Build the table, write it into the folder, read it as any file is read, and part it.

    Raises:
        InputError: the data are not there or cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{case.name}.csv"
    write_atomically(path, (case.table(data).to_csv(index=False).encode(),))
    asked = {"roles": case.roles, "unit": case.unit}
    seeds = {"seeds": {"evaluation": seed}, "split": {"seed": seed}}
    plan = plan_from({**asked, **seeds}, "The case study")
    tables = read_tables(path, (), None, plan)
    rows = tables.rows
    everybody = pd.concat([rows.train, rows.holdout], ignore_index=True)
    # what is never compared no generator takes
    names = tuple(c.name for c in tables.schema.columns if is_compared(c))
    learnt = tables.schema.only(names)

    def put(frame: pd.DataFrame) -> str:
        return store.put_frame(frame, "table", "case").sha256

    return Ground(
        tables=tables,
        plan=plan,
        train=put(rows.train),
        holdout=put(rows.holdout),
        everybody=put(everybody),
        schema=store.put_json(tables.schema.model_dump(mode="json"), "schema", "case").sha256,
        learnt=store.put_json(learnt.model_dump(mode="json"), "schema", "case").sha256,
        rows={"paper": len(everybody), "rigorous": len(rows.train)},
        columns=len(names),
    )
