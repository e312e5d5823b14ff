"""Check that a column can be the target before anything is built on it."""

from __future__ import annotations

import pandas as pd

from synthcraft.graph.errors import DataError
from synthcraft.graph.records import Task
from synthcraft.tools.raw_table import missing_column, quoted
from synthcraft.tools.table_schema import Kind, TableSchema

MIN_EVENTS = 10
_TASKS: dict[Kind, tuple[Task, ...]] = {
    "binary": ("classification",),
    "category": ("classification",),
    "numeric": ("regression",),
    "integer": ("regression", "classification"),
}
"""Tasks that a kind of column can be the target of, the usual one first."""
_MAX_CLASSES = 20


def check_target(
    frame: pd.DataFrame, schema: TableSchema, target: str, task: Task | None = None
) -> Task:
    """The task of a target column; `task` is what the person asked for, if they did.

    Raises:
        DataError: absent, constant or missing everywhere, of a kind that cannot be predicted,
            or with fewer than ten rows of its rarer value.
    """
    if target not in schema.names:
        raise missing_column(target, schema.names, code="E_TARGET_ABSENT")
    column = schema[target]
    counts = frame[target].value_counts()
    if counts.empty:
        raise _refused(target, "is missing in every row", "E_TARGET_MISSING")
    if len(counts) == 1:
        raise _refused(target, "has the same value in every row", "E_TARGET_CONSTANT")
    possible = _TASKS.get(column.kind, ())
    if not possible:
        raise _refused(target, f"is of kind {column.kind}", "E_TARGET_KIND")
    chosen = possible[0] if task in (None, "none") else task
    numeric_codes = column.dtype in ("Int64", "float64") and chosen == "regression"
    if chosen not in possible and not (numeric_codes and column.kind == "category"):
        raise _refused(target, f"does not fit {chosen}", "E_TARGET_TASK")
    if chosen == "classification":
        _check_classes(target, counts)
    return chosen


def _check_classes(target: str, counts: pd.Series[int]) -> None:
    if len(counts) > _MAX_CLASSES:
        raise _refused(target, f"has more than {_MAX_CLASSES} classes", "E_TARGET_TASK")
    events = int(counts.iloc[1])
    if events < MIN_EVENTS:
        raise _refused(
            target,
            f"has fewer than {MIN_EVENTS} rows outside its most frequent value",
            "E_TARGET_RARE",
        )


def _refused(target: str, why: str, code: str) -> DataError:
    return DataError(
        f"Column {quoted([target])} cannot be the target: it {why}.",
        "Name another target, or none.",
        code=code,
    )
