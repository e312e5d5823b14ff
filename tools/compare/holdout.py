"""Which real rows stand for what: those a generator may have seen, and those it cannot have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthcraft.graph.records import Task
from synthcraft.tools.compare.alike import unlike
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.metrics.columns import is_compared, label
from synthcraft.tools.metrics.rows import row_hashes
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.raw_table import quoted
from synthcraft.tools.split import split_rows
from synthcraft.tools.table_schema import TableSchema

NO_HOLDOUT = (
    "No holdout was given: the maker of the file may have seen every real row, so nothing says "
    "how people look whom it never saw."
)
NOT_KEPT_AWAY = (
    "The holdout that was given holds rows of the real file, so it was not kept away from its "
    "maker."
)
_ENOUGH = 20
_FINE = 0.01
"""Share of one half of the real rows that may occur in the other before rows say nothing."""


@dataclass(frozen=True)
class Rows:
    """T and H.

    Attributes:
        train: rows that a generator may have seen (T).
        holdout: rows that it cannot have seen; or, where `seen` says why not, real rows that
            only show how real rows differ from each other, and on which models are tried (H).
        seen: why the holdout is none; empty if it is.
    """

    train: pd.DataFrame
    holdout: pd.DataFrame
    seen: str = ""
    notes: tuple[str, ...] = ()


def split_rows_of(
    frame: pd.DataFrame, schema: TableSchema, plan: EvaluationPlan, task: Task, seen: str
) -> Rows:
    """A part of the real rows set aside to compare real with real: never as a holdout."""
    target = plan.roles.target
    strata = [name for name in plan.split.strata or plan.roles.protected if name != target]
    parts = split_rows(
        frame,
        target=target,
        task=task,
        group=plan.unit,
        protected=strata[0] if strata else None,
        seed=plan.split.seed,
        share=plan.split.holdout,
    )
    train = np.sort(np.concatenate([parts.train, parts.validation]))
    return Rows(
        train=frame.iloc[train].reset_index(drop=True),
        holdout=frame.iloc[parts.holdout].reset_index(drop=True),
        seen=seen,
        notes=(
            seen,
            f"For everything but privacy the real rows were parted into {in_words(len(train))} to "
            f"compare with and {in_words(len(parts.holdout))} that show how real rows differ from "
            "each other and on which models are tried. They are no holdout: what is measured on "
            "them flatters the file and cannot pass, and attacks on privacy were not run.",
            *parts.notes,
        ),
    )


def given_rows(
    frame: pd.DataFrame,
    holdout: pd.DataFrame,
    schema: TableSchema,
    plan: EvaluationPlan,
    task: Task,
) -> Rows:
    """The real file as T and the holdout as H, without rows that stand in both."""
    both = _in_both(frame, holdout, schema, plan)
    left = holdout[~both].reset_index(drop=True)
    if both.any() and len(left) < _ENOUGH:
        return split_rows_of(frame, schema, plan, task, NOT_KEPT_AWAY)
    notes = ["That no generator saw the holdout is your word; it cannot be checked here."]
    if both.any():
        left_out = in_words(int(both.sum()))
        notes.append(
            f"Rows of the holdout that stand in the real file too ({left_out}) were left out."
        )
    if len(left) < _ENOUGH:
        notes.append(f"The holdout has fewer than {_ENOUGH} rows.")
    elif other := unlike(frame, left, schema.columns):
        notes.append(
            f"The holdout differs from the real file beyond chance in {quoted(other)}. What tells "
            "the two apart looks like a leak: attacks that fail a file may be false alarms. Set "
            "aside people at random before anything is made."
        )
    return Rows(frame, left, notes=tuple(notes))


def _in_both(
    frame: pd.DataFrame, holdout: pd.DataFrame, schema: TableSchema, plan: EvaluationPlan
) -> npt.NDArray[np.bool_]:
    """Rows of the holdout that are people of the real file.

    By the person's number where there is one; else by equal rows, unless strangers coincide so
    often that only a holdout that is the real file itself can be told.
    """
    unit = plan.unit
    if unit is not None and unit in holdout:
        known = {label(value) for value in frame[unit].dropna()}
        return np.array([label(value) in known for value in holdout[unit]], dtype=bool)
    columns = [c for c in schema.columns if is_compared(c) and c.name in holdout]
    real, held = row_hashes(columns, frame), row_hashes(columns, holdout)
    order = np.random.default_rng(plan.split.seed).permutation(len(real))
    half, other = np.array_split(real[order], 2)
    by_chance = float(np.isin(half, other).mean())
    if by_chance < _FINE:
        return np.isin(held, real)
    same = np.array_equal(np.sort(real), np.sort(held))
    return np.full(len(held), same)
