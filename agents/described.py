"""The columns of a project's table as a person reads them: roles, gaps, distributions."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from synthcraft.agents.base import Toolbox
from synthcraft.agents.profiler import profile_of
from synthcraft.agents.tables import full_schema
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.records import KEPT_OUT, Plan
from synthcraft.graph.state import RunState
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.profiling import ColumnDistribution, Distributions, distributions
from synthcraft.tools.table_schema import Kind, TableSchema


class ColumnSheet(Frozen):
    """One column of the table.

    Attributes:
        missing: share of missing cells, in [0, 1]; None while nothing was measured.
        distribution: percentiles or levels with ten rows or more behind each; None where the
            column is not described.
        identifies: why the column points at a person, where it does.
    """

    name: str
    kind: Kind
    role: str
    missing: float | None = None
    distribution: ColumnDistribution | None = None
    identifies: str = ""


def columns_of(state: RunState, tools: Toolbox) -> tuple[ColumnSheet, ...]:
    """The columns in table order; a profile that was not made yet leaves gaps."""
    profile, plan, refs = profile_of(state, tools), state["plan"], state["refs"]
    section = profile.schema_section
    missing = {c.name: c.missing for c in section.columns} if section else {}
    found = profile.distributions or _described(
        tools.store.root, refs["table"].sha256, refs["schema"].sha256
    )
    known = {c.name: c for c in found.columns}
    reasons = profile.identifiers.columns if profile.identifiers else {}
    return tuple(
        ColumnSheet(
            name=column.name,
            kind=column.kind,
            role=role_of(column.name, plan),
            missing=missing.get(column.name),
            distribution=None if _kept_out(column.name, plan) else known.get(column.name),
            identifies=reasons.get(column.name, ""),
        )
        for column in full_schema(state, tools).columns
    )


@lru_cache(maxsize=4)
def _described(root: Path, table: str, schema: str) -> Distributions:
    """The distributions of a table whose project has not asked for them; once per table."""
    store = ArtifactStore(root)
    columns = TableSchema.model_validate(store.read_json(schema))
    return distributions(store.read_frame(table), columns)


def role_of(name: str, plan: Plan) -> str:
    """The role of a column under a plan; a target and a time are roles as well."""
    named = {plan.time_column: "time", plan.target: "target"}
    return named.get(name) or plan.roles.get(name, "feature")


def _kept_out(name: str, plan: Plan) -> bool:
    return plan.roles.get(name) in KEPT_OUT
