"""A gate at the terminal: shows the card, reads plain sentences, decides nothing itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.ui.cli_card import HOW_TO_ANSWER, show_card

if TYPE_CHECKING:
    from synthcraft.agents.language.base import UserTurn
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import HistoryLine, SessionView
    from synthcraft.ui.cli_screen import Screen

_LATER = ("later", "quit", "exit")


@dataclass(frozen=True)
class TerminalGate:
    """The person at the terminal, under the name that goes on record."""

    actor: str

    async def __call__(
        self, runner: Runner, view: SessionView, screen: Screen
    ) -> SessionView | None:
        """Ask until something is decided; `later`, Ctrl-C and Ctrl-D leave the gate open."""
        if view.proposal is not None:
            show_card(view.proposal, screen.console)
        screen.say(HOW_TO_ANSWER)
        while True:
            try:
                text = _read(screen, "> ")
                if text.lower() in _LATER:
                    return None
                moved = await self._act(runner, view, text, screen) if text else None
            except (EOFError, KeyboardInterrupt):
                return None
            except InputError as error:
                screen.say(str(error), "red")
                continue
            if moved is not None:
                return moved

    async def _act(
        self, runner: Runner, view: SessionView, text: str, screen: Screen
    ) -> SessionView | None:
        """Do what a sentence says; None when the gate is still open as it was."""
        from synthcraft.graph.views import Answer

        turn = await runner.understand(view.session, text)
        verdict = turn.verdict()
        if turn.clarification is not None or verdict is None:
            screen.say(turn.clarification or HOW_TO_ANSWER)
            return None
        if verdict in ("stop", "revert") and not _confirmed(screen, f"Really {verdict}?"):
            return None
        if verdict == "revert":
            checkpoint = place(turn, await runner.history(view.session))
            await runner.revert(view.session, checkpoint)
            return await runner.resume(view.session, on_event=screen)
        answer = Answer(verdict=verdict, changes=turn.changes(), comment=text, actor=self.actor)
        return await runner.answer(view.session, view.interrupt_id or "", answer, on_event=screen)


def place(turn: UserTurn, history: Sequence[HistoryLine]) -> str:
    """The checkpoint that a sentence wants to go back to.

    `start`, `previous` (the gate before this one) and names of episodes are places on the
    branch that the project is on; anything else is a checkpoint id already.

    Raises:
        NotFoundError: the project has not been there.
    """
    wanted = next((intent.to for intent in turn.intents if intent.kind == "revert"), "")
    branch = [line for line in history if line.on_head]
    gates = [line.checkpoint for line in branch if line.node == "propose"]
    before = {line.episode: line.parent for line in reversed(branch)}
    if wanted == "start" and branch:
        return branch[0].checkpoint
    if wanted == "previous" and len(gates) > 1:
        return gates[-2]
    if wanted in ("start", "previous", ""):
        raise NotFoundError("There is no earlier point to go back to.", "This is the first gate.")
    return before.get(wanted) or wanted


def _confirmed(screen: Screen, question: str) -> bool:
    return _read(screen, f"{question} [y/N] ").lower() in ("y", "yes")


def _read(screen: Screen, prompt: str) -> str:
    screen.console.print(prompt, end="")
    with _plain_interrupt():
        return input().strip()


@contextmanager
def _plain_interrupt() -> Iterator[None]:
    """Let Ctrl-C break the prompt: asyncio's own handler waits for a loop that is blocked here."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
