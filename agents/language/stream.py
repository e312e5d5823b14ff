"""A model's prose as it comes in: nobody sees a sentence before its numbers were checked."""

from __future__ import annotations

import re
from collections.abc import Callable

from synthcraft.agents.language.prose import FEWEST_WORDS, LONGEST, fits

Tell = Callable[[str], None]
"""Receives an answer sentence by sentence."""
_END = re.compile(r"[.!?][\"”’')\]]*\s+")


def untold(sentence: str) -> None:
    """Nobody listens."""


class CheckedProse:
    """Takes pieces of any size; gives sentences that agree with the facts, up to the first other.

    Args:
        facts: all that the model was told, as text.
        tell: receives each sentence that may be shown.
    """

    def __init__(self, facts: str, tell: Tell) -> None:
        self.facts, self.tell = facts, tell
        self.shown = ""
        self.refused = False
        self._rest = ""

    def take(self, piece: str) -> bool:
        """Take in what came; whether it is worth hearing more."""
        self._rest += piece
        while not self.refused and (end := self._end_of_sentence()):
            sentence, self._rest = self._rest[:end], self._rest[end:]
            self._judge(sentence)
        self.refused = self.refused or len(self.shown) + len(self._rest) > LONGEST
        return not self.refused

    def end(self) -> None:
        """The answer has come to its end, so what is left is a sentence too."""
        if self._rest.strip() and not self.refused:
            self._judge(self._rest)
        self._rest = ""

    def _end_of_sentence(self) -> int:
        """Where a piece of some words ends; 0 while it does not. "e.g. 3" is no sentence."""
        ends = (match.end() for match in _END.finditer(self._rest))
        return next((e for e in ends if len(self._rest[:e].split()) >= FEWEST_WORDS), 0)

    def _judge(self, sentence: str) -> None:
        # with all that stands before it, so that nothing is said in two halves
        if fits(self.shown + sentence, self.facts):
            self.shown += sentence
            self.tell(sentence.strip())
        else:
            self.refused = True
