"""The gate: a card is prepared, the graph waits, the answer is stored. Nothing is decided here."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.types import interrupt

from synthcraft.agents.registry import agent
from synthcraft.graph.checks import CARD, beyond_reach, check_choice
from synthcraft.graph.contracts import Approval, GateName
from synthcraft.graph.deps import Deps
from synthcraft.graph.episodes import EPISODES, action_named
from synthcraft.graph.errors import GuardError
from synthcraft.graph.guards import asks, gate_for, parameters_digest
from synthcraft.graph.journal import note
from synthcraft.graph.records import digest_of
from synthcraft.graph.state import Delta, RunState
from synthcraft.graph.views import Answer
from synthcraft.tools.disclosure.project import least_in, step_shown
from synthcraft.tools.provenance import utc_now


def _agent_of(gate: GateName) -> str:
    if gate == "parameters":
        return "generator"
    return EPISODES[gate].actions[0].agent


async def propose(state: RunState, deps: Deps) -> Delta:
    """Let the specialist of the gate prepare its card."""
    check_choice(state)
    gate = gate_for(state)
    if gate is None:
        raise GuardError("A card was asked for although no gate is open.")
    tools = deps.toolbox(state)
    delta = step_shown(await agent(_agent_of(gate)).propose(gate, state, tools), least_in(state))
    if beyond := beyond_reach(delta, CARD):
        raise GuardError(f"The card of the gate {gate} tried to change {', '.join(beyond)}.")
    proposal = delta.proposal
    if proposal is None:
        raise GuardError(f"The card of the gate {gate} is missing.")
    answered = state.get("answer")
    update: dict[str, object] = {"aspects": EPISODES[state["episode"]].aspects}
    if answered is not None and answered.verdict == "question":
        update["reply"] = state.get("message", "")
    if asks(state):
        choice = state["choice"]
        update["question"] = action_named(choice.episode, choice.action).question
    proposal = proposal.model_copy(update=update)
    plan = delta.plan if "plan" in delta.model_fields_set else state["plan"]
    digest = parameters_digest(plan) if gate == "parameters" else digest_of(proposal.model_dump())
    proposal = proposal.model_copy(update={"digest": digest})
    shown: dict[str, Any] = {"gate": gate, "digest": digest, "title": proposal.title}
    if proposal.evaluation_plan:
        shown["evaluation_plan"] = proposal.evaluation_plan
    head = await asyncio.to_thread(note, deps, state, "proposal", shown, tools.calls)
    return delta.model_copy(update={"proposal": proposal, "audit_head": head, "answer": None})


async def approval(state: RunState, deps: Deps) -> Delta:
    """Wait for the answer and store it; runs again from the top when resumed, so it stays pure."""
    proposal = state.get("proposal")
    if proposal is None:
        raise GuardError("A gate is open without a card.")
    answer = interrupt(proposal.model_dump(mode="json"), response_schema=Answer)
    recorded = Approval(
        gate=proposal.gate,
        proposal_digest=proposal.digest,
        verdict=answer.verdict,
        changes=answer.changes,
        reasons=answer.reasons,
        comment=answer.comment,
        actor=answer.actor,
        at=utc_now(),
    )
    head = await asyncio.to_thread(note, deps, state, "approval", recorded.model_dump(mode="json"))
    recorded = recorded.model_copy(update={"id": head[:16]})
    return Delta(answer=recorded, approvals={recorded.id: recorded}, audit_head=head)
