"""Who answers at gates on the command line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthcraft.ui.commands.card import show_card
from synthcraft.ui.commands.options import Approve

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView
    from synthcraft.ui.commands.drive import Gatekeeper
    from synthcraft.ui.commands.screen import Screen


@dataclass(frozen=True)
class AutoApprover:
    """Approves every proposal under its own name, and says so."""

    name: str

    async def __call__(
        self, runner: Runner, view: SessionView, screen: Screen
    ) -> SessionView | None:
        """Approve what is open."""
        from synthcraft.graph.approvers import auto_answer

        answer = auto_answer(self.name)
        title = view.proposal.title if view.proposal else view.waiting_for
        screen.say(f"Approved by {answer.actor}, not by a person: {title}")
        return await runner.answer(view.session, view.interrupt_id or "", answer, on_event=screen)


async def leave_open(runner: Runner, view: SessionView, screen: Screen) -> SessionView | None:
    """Nobody is there to ask: show the card and leave the gate open."""
    if view.proposal is not None:
        show_card(view.proposal, screen.console)
    return None


def keeper(approve: Approve, actor: str, auto_name: str) -> Gatekeeper:
    """The one who answers: a named auto-approver, the person at the terminal, or nobody."""
    from synthcraft.ui.terminal_gate import TerminalGate

    if approve == "auto":
        return AutoApprover(auto_name)
    return TerminalGate(actor) if somebody_is_there() else leave_open


def somebody_is_there() -> bool:
    """Whether there is a terminal to ask at."""
    return sys.stdin.isatty()
