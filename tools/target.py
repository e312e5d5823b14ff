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
    frame: pd.DataFrame,
    schema: TableSchema,
    target: str,
    task: Task | None = None,
    time: str | None = None,
) -> Task:
    """The task of a target column; `task` is what the person asked for, if they did.

    Args:
        frame: the whole table.
        schema: what its columns are.
        target: the outcome; for survival, whether the time ended with the event.
        task: what was asked for.
        time: the time until the event, which survival needs.

    Raises:
        DataError: absent, constant or missing everywhere, of a kind that cannot be predicted,
            or with fewer than ten rows of its rarer value; or times that cannot be such.
    """
    if target not in schema.names:
        raise missing_column(target, schema.names, code="E_TARGET_ABSENT")
    column = schema[target]
    counts = frame[target].value_counts()
    if counts.empty:
        raise _refused(target, "is missing in every row", "E_TARGET_MISSING")
    if len(counts) == 1:
        raise _refused(target, "has the same value in every row", "E_TARGET_CONSTANT")
    if task == "survival":
        check_survival(frame, schema, target, time)
        return task
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


def check_survival(frame: pd.DataFrame, schema: TableSchema, target: str, time: str | None) -> None:
    """Refuse a target and a time that are no censored times until an event.

    Raises:
        DataError: no time was named, or one of the two has values that cannot be such.
    """
    if time is None:
        raise DataError(
            f"Survival of {quoted([target])} needs the column of the time until the event.",
            "Name it: --time COLUMN.",
            code="E_TIME_ABSENT",
        )
    if time not in schema.names:
        raise missing_column(time, schema.names, code="E_TIME_ABSENT")
    if time == target:
        raise _no_time(time, "is the event itself", "Name the column of the times.")
    if schema[time].dtype not in ("Int64", "float64"):
        raise _no_time(time, f"is of kind {schema[time].kind}, not a number", "Give it in days.")
    times = frame[time]
    if times.isna().any():
        raise _no_time(time, "is missing in some rows", "Leave out people without a follow-up.")
    if (times < 0).any():
        raise _no_time(time, "has negative values", "Count from the start of the follow-up.")
    if (times == 0).any():
        raise _no_time(
            time, "is zero in some rows", "Leave them out, or say that they took half a day."
        )
    events = frame[target]
    if events.isna().any():
        raise _refused(target, "is missing in some rows: event or no event?", "E_EVENT")
    numeric = pd.api.types.is_numeric_dtype(events) and not pd.api.types.is_bool_dtype(events)
    if events.nunique() != 2 or (numeric and not events.isin([0, 1]).all()):
        raise _refused(target, "is not 1 for an event and 0 for none", "E_EVENT")
    _check_classes(target, events.value_counts())


def _no_time(time: str, why: str, hint: str) -> DataError:
    return DataError(
        f"Column {quoted([time])} cannot be the time until the event: it {why}.",
        hint,
        code="E_TIME",
    )


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
