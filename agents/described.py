"""The columns of a project's table as a person reads them: roles, gaps, distributions."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from synthcraft.agents.base import Toolbox
from synthcraft.agents.profiler import profile_of
from synthcraft.agents.tables import codebook_of, full_schema, person_column
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.records import KEPT_OUT, Plan, Role
from synthcraft.graph.state import RunState
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.disclosure.rounding import missing_percent
from synthcraft.tools.profiling import ColumnDistribution, Distributions, distributions
from synthcraft.tools.table_schema import Kind, TableSchema


class ColumnSheet(Frozen):
    """One column of the table.

    Attributes:
        missing: per cent of people without a value; None while nothing was measured, or where
            few have one or few have none.
        few: whether that is why it is None.
        distribution: percentiles or levels with ten rows or more behind each; None where the
            column is not described.
        identifies: why the column points at a person, where it does.
        meaning: what the confirmed codebook says of it, with unit and codes or range.
    """

    name: str
    kind: Kind
    role: str
    missing: int | None = None
    few: bool = False
    distribution: ColumnDistribution | None = None
    identifies: str = ""
    meaning: str = ""


def columns_of(state: RunState, tools: Toolbox) -> tuple[ColumnSheet, ...]:
    """The columns in table order; a profile that was not made yet leaves gaps."""
    profile, plan, refs = profile_of(state, tools), state["plan"], state["refs"]
    section = profile.schema_section
    missing = (
        {c.name: _missing(c.missing, section.rows) for c in section.columns} if section else {}
    )
    roles = tuple(sorted(plan.roles.items()))
    found = _described(tools.store.root, refs["table"].sha256, refs["schema"].sha256, roles)
    known = {c.name: c for c in found.columns}
    reasons = profile.identifiers.columns if profile.identifiers else {}
    codebook = codebook_of(state, tools)
    meanings = {m.entry.name: m.entry.said for m in codebook.matched} if codebook else {}
    return tuple(
        ColumnSheet(
            name=column.name,
            kind=column.kind,
            role=role_of(column.name, plan),
            missing=missing.get(column.name),
            few=missing.get(column.name, 0) is None,
            distribution=None if _kept_out(column.name, plan) else known.get(column.name),
            identifies=reasons.get(column.name, ""),
            meaning=meanings.get(column.name, ""),
        )
        for column in full_schema(state, tools).columns
    )


@lru_cache(maxsize=4)
def _described(
    root: Path, table: str, schema: str, roles: tuple[tuple[str, Role], ...]
) -> Distributions:
    """The distributions of a table by its people, as a page may show them; once per table."""
    store = ArtifactStore(root)
    columns, frame = TableSchema.model_validate(store.read_json(schema)), store.read_frame(table)
    return distributions(frame, columns, person_column(frame, Plan(roles=dict(roles))))


def _missing(share: float, rows: int) -> int | None:
    lost = round(share * rows)
    return missing_percent(lost, rows - lost)


def role_of(name: str, plan: Plan) -> str:
    """The role of a column under a plan; a target and a time are roles as well."""
    named = {plan.time_column: "time", plan.target: "target"}
    return named.get(name) or plan.roles.get(name, "feature")


def _kept_out(name: str, plan: Plan) -> bool:
    return plan.roles.get(name) in KEPT_OUT
