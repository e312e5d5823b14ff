"""Introducing a project's table to the guard of the language model, where there is a model."""

from __future__ import annotations

import asyncio
from pathlib import Path

from synthcraft.agents.base import Toolbox
from synthcraft.agents.language.base import Introduction
from synthcraft.agents.tables import full_schema, full_table, person_column
from synthcraft.graph.contracts import AUTO, Proposal
from synthcraft.graph.records import ArtifactRef, Plan
from synthcraft.graph.state import RunState

_TELLING = 10
"""Letters from which on the name of a folder is no everyday word."""
CARD = "model_card"
"""Name of the artefact that holds the Profile Card."""


async def acquaint(state: RunState, tools: Toolbox) -> None:
    """Before anything is said about a project, its guard knows the table."""
    refs = state.get("refs", {})
    if not tools.language.sends or "table" not in refs or "schema" not in refs:
        return
    approved = CARD in refs and bool(approver_of(state, tools.language.since))

    def learn() -> Introduction:
        frame = full_table(state, tools)
        kept = tools.store.read_json(refs[CARD].sha256) if CARD in refs else None
        return Introduction(
            frame,
            full_schema(state, tools),
            person_column(frame, state["plan"]),
            kept,
            _places(state),
        )

    await asyncio.to_thread(tools.language.meet, state["session"], approved, learn)


def approver_of(state: RunState, since: str = "") -> str:
    """The person who approved the intake card; empty for nobody, or somebody in their place.

    What was approved before `since`, or in the same second, was approved for another model.
    """
    closed = state["progress"]["intake"].status == "approved"
    given = [a for a in state.get("approvals", {}).values() if a.gate == "intake"]
    last = max(given, key=lambda a: a.at, default=None)
    if not closed or last is None or last.at <= since or last.actor.startswith(AUTO):
        return ""
    return last.actor


def _places(state: RunState) -> tuple[str, ...]:
    """Names and paths of the files."""
    inbox = state.get("inbox")
    paths = [Path(path) for path in inbox.paths] if inbox else []
    parts = {part for path in paths for part in (*path.parent.parts, path.stem)}
    telling = sorted(part for part in parts if len(part) >= _TELLING)
    return (*map(str, paths), *(path.name for path in paths), *telling)


def with_card(
    proposal: Proposal, state: RunState, plan: Plan, tools: Toolbox
) -> tuple[Proposal, dict[str, ArtifactRef]]:
    """The intake card with what a language model would be told, where there is one."""
    from synthcraft.tools.disclosure.card import profile_card

    if not tools.language.sends:
        return proposal, {}
    frame, schema = full_table(state, tools), full_schema(state, tools)
    card = profile_card(frame, schema, plan.roles, plan.target, person_column(frame, plan)).value
    told = (
        f"If you approve, the language model ({tools.language.name}) is told this of the table, "
        "word for word, and nothing else:",
        *card.text().splitlines(),
    )
    kept = tools.store.put_json(card.model_dump(mode="json"), CARD, "profiler")
    return proposal.model_copy(update={"lines": (*proposal.lines, *told)}), {CARD: kept}
