"""Who answers at gates on the command line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthcraft.ui.cli_options import Approve

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView
    from synthcraft.ui.cli_drive import Gatekeeper
    from synthcraft.ui.cli_screen import Screen


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
        screen.say(f"Gate {view.waiting_for}: {title}: approved by {answer.actor}, not a person.")
        return await runner.answer(view.session, view.interrupt_id or "", answer, on_event=screen)


async def leave_open(runner: Runner, view: SessionView, screen: Screen) -> SessionView | None:
    """Nobody is there to ask: the gate stays open."""
    return None


def keeper(approve: Approve, actor: str, auto_name: str) -> Gatekeeper:
    """The one who answers: a named auto-approver, the person at the terminal, or nobody."""
    from synthcraft.ui.terminal_gate import TerminalGate

    if approve == "auto":
        return AutoApprover(auto_name)
    return TerminalGate(actor) if sys.stdin.isatty() else leave_open
