"""Understanding offline: rules first; where they would ask, three more tries before asking."""

from __future__ import annotations

from synthcraft.agents.language.base import Card, Understander, UserTurn
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

    def __init__(self, guessing: bool = True) -> None:
        self.rules = Rules()
        self.last: Understander = Rules(opinion) if guessing else self.rules

    def read(self, utterance: str, gate: str | None, card: Card) -> UserTurn:
        """Read one message."""
        now = card.model_copy(update={"recent": ()})
        turn = self.rules.read(utterance, gate, now)
        if turn.verdict() == "approve" and offered(card, lambda text: self._first(text, gate, now)):
            return UserTurn(clarification=say("yes_to_what"))
        if turn.clarification is None and turn.changes().named():
            again = self.last.read(utterance, gate, now)
            return again if again.clarification == say("two_ways") else turn
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

    def _first(self, text: str, gate: str | None, card: Card) -> UserTurn:
        """An earlier message, read without looking further back."""
        turn = self.rules.read(text, gate, card)
        clean = mended(text, card) if turn.clarification else None
        return self.rules.read(clean, gate, card) if clean else turn
