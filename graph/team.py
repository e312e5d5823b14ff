"""People of a team: their roles, whose projects they may open, and who may release one."""

from __future__ import annotations

from typing import Literal

from synthcraft.graph.contracts import Frozen, GateName, Proposal
from synthcraft.graph.errors import RoleError
from synthcraft.graph.state import RunState
from synthcraft.graph.views import Answer, SessionInfo, SessionView

Role = Literal["analyst", "steward"]
RELEASE: GateName = "documentation"
"""The last gate: its approval closes the report and hands out the files."""
MAKING = ("parameters", "generation")
"""Who approved one of these made the data, and does not release them."""


class Person(Frozen):
    """Somebody who has logged in."""

    name: str
    role: Role


def asks_release(card: Proposal | None) -> bool:
    """Whether a card would release the files when it is approved."""
    return card is not None and card.gate == RELEASE and not card.question


def handed_over(view: SessionView) -> bool | None:
    """Whether stewards see a project now; None: as before."""
    if view.status == "finished":
        return True
    return asks_release(view.proposal) if view.status in ("waiting", "interrupted") else None


def may_open(person: Person | None, info: SessionInfo) -> bool:
    """Whether a project is open to a person; the local operator (None) sees all.

    What has no owner is the operator's: no steward sees it, however far it is.
    """
    if person is None or person.name == info.owner:
        return True
    return bool(info.owner) and person.role == "steward" and info.handed_over


def check_release(
    card: Proposal | None,
    answer: Answer,
    owner: str,
    person: Person | None,
    makers: frozenset[str] = frozenset(),
) -> None:
    """Refuse to release a project of a team without a second person.

    Raises:
        RoleError: no steward approves, or one who owns the project or is among its makers.
    """
    if answer.verdict != "approve" or not asks_release(card) or not (owner or person):
        return
    if person is None:
        raise RoleError(
            f"This project belongs to {owner}, who works in a team.",
            "A steward releases it on the page of the team.",
        )
    if person.role != "steward":
        raise RoleError(
            "Only a steward can approve the release.",
            "Stewards see this project in their list now; ask one of them to look at it.",
        )
    if person.name in makers | {owner}:
        raise RoleError(
            "The release needs a second person: you own this project or approved its making.",
            "Ask another steward to look at it.",
        )


def makers_of(state: RunState) -> frozenset[str]:
    """Who approved the parameters or the outcome of a training, on the way to where it stands."""
    approvals = state.get("approvals", {}).values()
    return frozenset(a.actor for a in approvals if a.gate in MAKING and a.verdict == "approve")
