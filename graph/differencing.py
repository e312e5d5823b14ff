"""No two reports of nearly the same people: their difference would tell of a few."""

from __future__ import annotations

from synthcraft.agents.tables import full_table, person_column
from synthcraft.graph.deps import Deps
from synthcraft.graph.state import RunState
from synthcraft.tools.disclosure.cohort import CohortBook
from synthcraft.tools.disclosure.report import without_near
from synthcraft.tools.report.record import ReportRecord


def differenced(deps: Deps, state: RunState, record: ReportRecord) -> ReportRecord:
    """The record as it may leave beside all that left before. Source: evaluation 5.5."""
    ref = state["refs"].get("table")
    book = CohortBook(deps.settings.home / "cohorts")
    if ref is None or book.shown(ref.sha256) or not deps.store.has(ref.sha256):
        return record
    table = full_table(state, deps.toolbox(state))
    people = book.people(table, person_column(table, state["plan"]))
    if book.near(people):
        return without_near(record)
    book.show(people, ref.sha256)
    return record
