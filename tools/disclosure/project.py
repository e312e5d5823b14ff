"""Output control of a project: what its cards, messages and lists say of real people."""

from __future__ import annotations

from synthcraft.graph.records import Plan, Source
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.disclosure.rounding import MIN_CELL, sizes_shown
from synthcraft.tools.disclosure.sentences import told

JUDGED = ("reasons", "not_assessed")
"""Fields of a verdict that hold sentences."""


def least_in(state: RunState) -> int:
    """People behind every number of a project: ten, or more where its plan says so."""
    plan = state.get("plan")  # before the first step it is what somebody handed over
    return max(MIN_CELL, plan.min_cell) if isinstance(plan, Plan) else MIN_CELL


def step_shown(delta: Delta, least: int) -> Delta:
    """A step as it may be told; the sizes that the program works with stay as they are."""
    shown = told(delta, least, *({"message"} & delta.model_fields_set))
    if delta.proposal is None:
        return shown
    return shown.model_copy(update={"proposal": told(delta.proposal, least, "lines")})


def source_shown(source: Source, least: int = MIN_CELL) -> Source:
    """Where the table came from, with its size as it may be told."""
    sizes = sizes_shown({"rows": source.rows}, least)
    return told(source, least, "notes").model_copy(update=sizes)


def listed_source(state: RunState) -> Source | None:
    """The same for the list of projects; None before the table was read."""
    source = state.get("source")
    return source_shown(source, least_in(state)) if source is not None else None
