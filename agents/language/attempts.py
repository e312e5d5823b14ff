"""Understanding offline: rules first; where they would ask, three more tries before asking."""

from __future__ import annotations

from functools import partial

from synthcraft.agents.language.base import Card, Understander, UserTurn
from synthcraft.agents.language.classifier import Guesser, guess
from synthcraft.agents.language.guards import beyond, refusal
from synthcraft.agents.language.opinion import opinion
from synthcraft.agents.language.recall import offered, recalled
from synthcraft.agents.language.rules import Rules
from synthcraft.agents.language.scene import say
from synthcraft.agents.language.spelling import mended


class Offline:
    """Rules, then the turns before, then mended spelling, then the classifier.

    Only the rules on the words as they were written can approve: a mended or recalled approval is
    asked about. What no try reads without a question gets the question of the rules.
    """

    name = "offline"

    def __init__(self, guess: Guesser | None = guess) -> None:
        self.guess = guess
        self.rules = Rules()
        self.last: Understander = Rules(partial(opinion, guess=guess)) if guess else self.rules

    def read(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read one message."""
        now = card.model_copy(update={"recent": ()})
        turn = self.rules.read(utterance, gate, now)
        if turn.verdict() == "approve" and self._meant_else(utterance, gate, card, now):
            return UserTurn(clarification=say("yes_to_what"))
        if turn.clarification is None and (turn.changes().named() or _vague(turn)):
            again = self.last.read(utterance, gate, now)
            return again if _vague(turn) or again.clarification == say("two_ways") else turn
        if turn.clarification is None or refusal(utterance) or beyond(utterance):
            return turn
        return self._again(utterance, gate, card, now) or turn

    def _again(self, utterance: str, gate: str | None, card: Card, now: Card) -> UserTurn | None:
        said = recalled(utterance, card, lambda text: self._first(text, gate, now))
        clean = mended(said or utterance, now)
        best = clean or said or utterance
        tries: tuple[tuple[str | None, Understander, str], ...] = (
            (said, self.rules, "recall"),
            (clean, self.rules, "spelling"),
            (best, self.last, "classifier"),
        )
        for text, reader, name in tries:
            if text is None:
                continue
            turn = reader.read(text, gate, now)
            if turn.verdict() == "approve":
                return UserTurn(clarification=say("sounds_like_approve"))
            if turn.intents and (turn.clarification is None or turn.verdict() == "revise"):
                return turn.model_copy(update={"understood_by": name})
        return None

    def _meant_else(self, utterance: str, gate: str | None, card: Card, now: Card) -> bool:
        """Whether a yes may be to a question back, or "run it" to what was named before."""
        asked = self.read(card.recent[-1], gate, now).clarification if card.recent else None
        if asked in (say("sounds_like_stop"), say("sounds_like_revert")):
            return True

        def first(text: str) -> UserTurn:
            return self._first(text, gate, now)

        said = recalled(utterance, card, first)
        other = said is not None and self.rules.read(said, gate, now).changes().named()
        return bool(other or offered(card, first))

    def _first(self, text: str, gate: str | None, card: Card) -> UserTurn:
        """An earlier message, read without looking further back."""
        turn = self.rules.read(text, gate, card)
        clean = mended(text, card) if turn.clarification else None
        return self.rules.read(clean, gate, card) if clean else turn


def _vague(turn: UserTurn) -> bool:
    """Whether a turn is nothing but a question about nothing that is known."""
    return all(getattr(intent, "topic", "") == "unknown" for intent in turn.intents)
