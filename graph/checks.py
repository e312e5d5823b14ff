"""What is checked again before anything runs, whoever chose it: no way round for a learner."""

from __future__ import annotations

from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import next_episode
from synthcraft.graph.errors import GuardError
from synthcraft.graph.guards import validated
from synthcraft.graph.router import situation_of
from synthcraft.graph.situation import mask
from synthcraft.graph.state import Delta, RunState

WORK = frozenset(
    {
        "candidates",
        "feedback",
        "fix",
        "flags",
        "message",
        "minutes_used",
        "plan",
        "refs",
        "split",
        "verdicts",
    }
)
"""What a specialist may change; progress, approvals, counts and the choice are out of reach."""
CARD = frozenset({"candidates", "message", "plan", "proposal", "refs"})
"""What a specialist may change while it prepares a card."""


def check_choice(state: RunState) -> None:
    """Refuse a choice that is masked or not at its turn (the router never gets this far).

    Raises:
        GuardError: the stored choice must not be carried out.
    """
    choice = state["choice"]
    if choice.episode != next_episode(state["progress"]):
        raise GuardError(f"{choice.episode}.{choice.action} must not run: it is not its turn.")
    legal, reasons = mask(situation_of(state, choice.episode))
    if choice.action not in legal:
        reason = reasons.get(choice.action, "there is no such action")
        raise GuardError(f"{choice.episode}.{choice.action} must not run: {reason}.")


def check_validated(state: RunState, action: Action) -> None:
    """Refuse a fit whose generators, parameters, target or rows nobody approved.

    Raises:
        GuardError: the parameters were not approved, or changed since.
    """
    if action.trains and not validated(state):
        raise GuardError("No generator runs before its parameters were approved.")


def beyond_reach(delta: Delta, allowed: frozenset[str]) -> list[str]:
    """What a specialist's Delta changes although only the graph may."""
    return sorted(delta.model_fields_set - allowed)
