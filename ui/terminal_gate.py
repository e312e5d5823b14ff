"""A gate at the terminal: shows the card, reads plain sentences, decides nothing itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError
from synthcraft.tools.pasted import check_words
from synthcraft.ui.commands.card import HOW_TO_ANSWER, show_card

if TYPE_CHECKING:
    from synthcraft.agents.language.base import UserTurn
    from synthcraft.graph.contracts import Proposal
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import Answer, SessionView
    from synthcraft.ui.commands.screen import Screen

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
        doubt = False
        while True:
            try:
                text = _read(screen, "> ")
                if text.lower() in _LATER:
                    return None
                moved = await self._act(runner, view, text, doubt, screen) if text else None
                doubt = False
            except (EOFError, KeyboardInterrupt):
                return None
            except InputError as error:
                screen.say(str(error), "red")
                doubt = True
                continue
            if moved is not None:
                return moved

    async def _act(
        self, runner: Runner, view: SessionView, text: str, doubt: bool, screen: Screen
    ) -> SessionView | None:
        """Do what a sentence says; None when the gate is still open as it was.

        Right after something was not understood, a bare "yes" may mean that and not the card.

        Raises:
            InputError: the sentence is not clear, or asks for what cannot be.
        """
        check_words(text)
        turn = await runner.understand(view.session, text)
        if turn.held and turn.verdict() == "question":  # answered, and not written down
            screen.say(await runner.ask(view.session, text))
            return None
        if turn.note:
            screen.say(turn.note, "yellow")
        if turn.verdict() == "revert" and not turn.clarification:
            return await _go_back(runner, view, turn, screen)
        answer = answer_in(turn, text, view.proposal, self.actor)
        if answer is not None and turn.held:
            answer = answer.model_copy(update={"comment": ""})
        if answer is None and turn.clarification:
            raise InputError(turn.clarification)
        if answer is None:
            screen.say(await runner.ask(view.session, text))
            return None
        if answer.verdict == "stop" and not confirmed(screen, "Really stop this project here?"):
            return None
        if answer.verdict == "approve" and doubt and not confirmed(screen, "Approve the card?"):
            return None
        return await runner.answer(view.session, view.interrupt_id or "", answer, on_event=screen)


def answer_in(turn: UserTurn, text: str, proposal: Proposal | None, actor: str) -> Answer | None:
    """The answer that a sentence gives to a card; None when it gives none.

    Where the router asks something, naming a wish is the answer; a proposal is approved by an
    approval alone.
    """
    from synthcraft.graph.views import Answer

    verdict, changes = turn.verdict(), turn.changes()
    reasons = _aspects(text, proposal)
    asked = proposal is not None and bool(proposal.question)
    wishes = bool(changes.named() or reasons)
    if asked and verdict in (None, "approve", "revise") and (wishes or not turn.clarification):
        verdict = "approve"
    elif turn.clarification or verdict is None or verdict == "revert":
        return None
    return Answer(verdict=verdict, changes=changes, reasons=reasons, comment=text, actor=actor)


def _aspects(text: str, proposal: Proposal | None) -> tuple[str, ...]:
    """Offered aspects that are named in a sentence, by name or in the words of the card."""
    from synthcraft.ui.present import aspect

    said = text.lower().replace("_", " ")
    offered = proposal.aspects if proposal else ()
    return tuple(
        name
        for name in offered
        if name.replace("_", " ").lower() in said or aspect(name).lower() in said
    )


async def _go_back(
    runner: Runner, view: SessionView, turn: UserTurn, screen: Screen
) -> SessionView | None:
    from synthcraft.ui.conversation import find_point

    to = next(intent.to for intent in turn.intents if intent.kind == "revert")
    checkpoint = find_point(to, await runner.history(view.session))
    if not confirmed(screen, "Really go back? What came after is kept as a branch."):
        return None
    await runner.revert(view.session, checkpoint)
    return await runner.resume(view.session, on_event=screen)


def confirmed(screen: Screen, question: str) -> bool:
    """Whether a person at the terminal says yes."""
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
