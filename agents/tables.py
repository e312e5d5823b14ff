"""The tables of a project: which columns are modelled, and the frozen parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthcraft.agents.base import Toolbox
from synthcraft.graph.records import KEPT_OUT, ArtifactRef, Plan, Split
from synthcraft.graph.state import RunState
from synthcraft.tools.disclosure.rounding import STEP, to_five
from synthcraft.tools.seeds import child_seed
from synthcraft.tools.table_schema import TableSchema

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.tools.artifacts import ArtifactStore
    from synthcraft.tools.codebook_match import Match

PARTS = ("train", "validation", "holdout")


def rows_to_make(plan: Plan, split: Split) -> int:
    """Synthetic rows of a table: as agreed, else those of the training part to the nearest five.

    A table of exactly as many rows would tell everybody how many real people it was learnt from.
    """
    return plan.rows or max(STEP, to_five(split.train))


def seed_for(state: RunState, *labels: object) -> int:
    """A seed of its own for one draw, from the run's seed and what it is for."""
    return child_seed(state["seed"], *labels)


def rng_for(state: RunState, *labels: object) -> np.random.Generator:
    """A generator of its own for one draw."""
    return np.random.default_rng(seed_for(state, *labels))


def full_schema(state: RunState, tools: Toolbox) -> TableSchema:
    """Schema of the table as it came in."""
    return TableSchema.model_validate(tools.store.read_json(state["refs"]["schema"].sha256))


def codebook_of(state: RunState, tools: Toolbox) -> Match | None:
    """The confirmed codebook beside the table, for people only: no language model gets it."""
    from synthcraft.tools.codebook_match import Match

    ref = state["refs"].get("codebook")
    return Match.model_validate(tools.store.read_json(ref.sha256)) if ref else None


def full_table(state: RunState, tools: Toolbox) -> pd.DataFrame:
    """The table as it came in."""
    return tools.store.read_frame(state["refs"]["table"].sha256)


def modelled(schema: TableSchema, plan: Plan) -> TableSchema:
    """The columns that generators model."""
    names = tuple(n for n in schema.names if plan.roles.get(n, "feature") not in KEPT_OUT)
    return schema.only(names)


def person_column(table: pd.DataFrame, plan: Plan) -> str | None:
    """The identifier under which one person has several rows, if there is one."""
    named = [name for name, role in plan.roles.items() if role == "identifier"]
    return next((n for n in named if 1 < table[n].nunique() < table[n].count()), None)


def make_parts(
    state: RunState, plan: Plan, tools: Toolbox
) -> tuple[dict[str, ArtifactRef], Split, tuple[str, ...]]:
    """Split once, before any generator sees a row; the parts are frozen in the store."""
    table, schema = full_table(state, tools), full_schema(state, tools)
    return frozen_parts(table, schema, plan, state["seed"], tools.store)


def frozen_parts(
    table: pd.DataFrame, schema: TableSchema, plan: Plan, seed: int, store: ArtifactStore
) -> tuple[dict[str, ArtifactRef], Split, tuple[str, ...]]:
    """The parts of a table under a plan, and the schema of what is modelled.

    Beside them, a number for the person of each training and then each holdout row.

    Args:
        table: the whole table.
        schema: all its columns.
        plan: roles, target and what the parts are stratified by.
        seed: of the run.
        store: where the parts are kept.
    """
    import pandas as pd

    from synthcraft.tools.folds import people_of
    from synthcraft.tools.split import split_rows

    schema = modelled(schema, plan)
    frame = table[list(schema.names)]
    people = person_column(table, plan)
    if people is not None:
        frame = frame.assign(__person__=table[people])
    protected = plan.split_by[0] if plan.split_by else None
    parts = split_rows(
        frame,
        target=plan.target,
        task=plan.task,
        group="__person__" if people is not None else None,
        protected=protected,
        seed=child_seed(seed, "split"),
    )
    frame = frame.drop(columns="__person__", errors="ignore")
    refs = {
        name: store.put_frame(
            frame.iloc[getattr(parts, name)].reset_index(drop=True), "table", "split"
        )
        for name in PARTS
    }
    who = np.arange(len(table)) if people is None else people_of(table[people])
    attacked = pd.DataFrame({"person": who[np.concatenate([parts.train, parts.holdout])]})
    refs["people"] = store.put_frame(attacked, "table", "split")
    refs["model_schema"] = store.put_json(schema.model_dump(mode="json"), "schema", "split")
    return refs, parts.sizes, tuple(parts.notes)
