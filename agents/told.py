"""What a language model was told of a project: the card that was let out, and the ledger."""

from __future__ import annotations

from pydantic import ValidationError

from synthcraft.agents.acquaint import CARD, approver_of
from synthcraft.agents.base import Toolbox
from synthcraft.agents.language.ledger import Ledger, Sent
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.errors import StoreError
from synthcraft.graph.state import RunState
from synthcraft.tools.audit import ledger_path
from synthcraft.tools.disclosure.card import kept_card


class Told(Frozen):
    """What left, word for word.

    Attributes:
        model: who may be asked; empty where no language model is named.
        card: the Profile Card as it leaves once it is approved; empty without one.
        approved_by: the person who let it out; empty while nobody has.
        sent: every entry of the ledger, oldest first.
        faults: where the ledger is not what was written.
        size: bytes of the ledger's file when it was read.
    """

    model: str = ""
    card: str = ""
    approved_by: str = ""
    sent: tuple[Sent, ...] = ()
    faults: tuple[str, ...] = ()
    size: int = 0


def told_of(state: RunState, tools: Toolbox) -> Told:
    """The card and the ledger of a project."""
    card = state["refs"].get(CARD)
    ledger = Ledger(ledger_path(tools.jobs.home, state["session"]))
    there = ledger.log.path.exists()
    return Told(
        model=tools.language.name if tools.language.sends else "",
        card=kept_card(tools.store.read_json(card.sha256)).value.text() if card else "",
        approved_by=approver_of(state, tools.language.since) if card else "",
        # measured first: what is written meanwhile is noticed as a file that has grown
        size=ledger.log.path.stat().st_size if there else 0,
        sent=_entries(ledger),
        faults=tuple(ledger.log.verify()) if there else (),
    )


def _entries(ledger: Ledger) -> tuple[Sent, ...]:
    """Every entry; none of a file that somebody made unreadable, which its faults say."""
    try:
        return tuple(ledger.entries())
    except (StoreError, ValidationError):
        return ()
