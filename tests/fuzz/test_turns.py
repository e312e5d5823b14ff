"""Any message is a turn; a yes or a stop is one only where the message says nothing else."""

from __future__ import annotations

import re
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import UserTurn
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.text import bare
from tests.fuzz.strategies import NONSENSE, examples, messages
from tests.unit.agents.test_language_offline import CARD, SET

YES = [*SET["approve"], *SET["approve_more"]]
PHRASES = [*YES, *SET["stop"], *SET["smalltalk"], *SET["rejects"], *SET["asks"]]
GATES = (None, "intake", "intent", "parameters", "generation", "evaluation", "documentation")
WORDS = {
    "approve": ("approve_strong", "approve_weak"),
    "stop": ("stop", "stop_filler"),
}
"""Decision -> lists of the phrase book that it may be made of."""


@cache
def reader() -> Offline:
    return Offline()


@cache
def vocabulary(verdict: str) -> frozenset[str]:
    """Every word of the phrases that may make this decision."""
    phrases = " ".join(phrase for name in WORDS[verdict] for phrase in book("acts")[name])
    return frozenset(re.findall(r"\w+", phrases))


def understood(message: str, gate: str | None, recent: tuple[str, ...] = ()) -> UserTurn:
    """The turn, which must be one that can be written down and read again."""
    turn = reader().read(message, gate, CARD.model_copy(update={"gate": gate, "recent": recent}))
    assert turn.intents or turn.clarification
    assert UserTurn.model_validate(turn.model_dump()) == turn
    turn.changes()
    return turn


@given(
    message=messages(PHRASES, [*CARD.columns, *CARD.generators]) | st.text(max_size=200),
    gate=st.sampled_from(GATES),
    recent=st.lists(st.sampled_from(PHRASES), max_size=2).map(tuple),
)
@examples(60)
def test_any_message_is_a_turn_and_decides_only_by_words_that_decide(
    message: str, gate: str | None, recent: tuple[str, ...]
) -> None:
    turn = understood(message, gate, recent)
    if (verdict := turn.verdict()) in WORDS:
        assert set(re.findall(r"\w+", bare(message))) <= vocabulary(verdict)
        assert verdict == "approve" or turn.confirm


@given(
    phrase=st.sampled_from([*YES, *SET["stop"]]),
    more=NONSENSE,
    between=st.sampled_from([" ", ", ", ". ", "\n", " - ", "; "]),
    before=st.booleans(),
    gate=st.sampled_from(GATES),
)
@examples(60)
def test_one_word_more_takes_the_decision_away(
    phrase: str, more: str, between: str, before: bool, gate: str | None
) -> None:
    parts = (more, phrase) if before else (phrase, more)
    assert understood(between.join(parts), gate).verdict() not in WORDS
