"""Context flags of a project: the only thing about the data that the router may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthcraft.agents.base import Toolbox
from synthcraft.agents.tables import full_schema, full_table
from synthcraft.graph.records import Flags, Plan, PrivacyTier, UseCase
from synthcraft.graph.state import RunState

if TYPE_CHECKING:
    import pandas as pd

    from synthcraft.tools.table_schema import TableSchema

TIERS: dict[UseCase, PrivacyTier] = {
    "sharing": "moderate",
    "augmentation": "moderate",
    "privacy": "strict",
    "development": "none",
}
LOW_BUDGET_MINUTES = 15.0
_STRICTNESS: dict[PrivacyTier, int] = {"none": 0, "moderate": 1, "unknown": 1, "strict": 2}
"""An unknown privacy level counts as moderate."""


def flags_for(state: RunState, plan: Plan, tools: Toolbox, *, purpose_known: bool) -> Flags:
    """Flags from the profile and the plan; the privacy tier only tightens without the person."""
    known = state["flags"].privacy
    privacy = stricter(known, TIERS[plan.use_case]) if purpose_known else known
    ambiguous = plan.target is None and not state.get("prompt")
    frame, schema = full_table(state, tools), full_schema(state, tools)
    return flags_of_plan(frame, schema, plan, privacy, ambiguous=ambiguous)


def flags_of_plan(
    frame: pd.DataFrame,
    schema: TableSchema,
    plan: Plan,
    privacy: PrivacyTier,
    *,
    ambiguous: bool = False,
) -> Flags:
    """Flags of a table under a plan."""
    from synthcraft.tools.profiling import flags_of

    return Flags(
        **flags_of(frame, schema, plan.target),
        ambiguous=ambiguous,
        low_budget=plan.budget_minutes < LOW_BUDGET_MINUTES,
        privacy=privacy,
    )


def stricter(known: PrivacyTier, found: PrivacyTier) -> PrivacyTier:
    """The privacy tier that a finding leads to: only a person loosens what is known."""
    return found if _STRICTNESS[found] >= _STRICTNESS[known] else known


def minutes_left(state: RunState) -> float:
    """Minutes of the plan's time limit that no generator has used yet."""
    return state["plan"].budget_minutes - state.get("minutes_used", 0.0)
