"""What a typed sentence answers to a card, a question of the router included."""

from __future__ import annotations

import pytest

from synthcraft.agents.language.base import Approve, Question, SetSize, Stop, UserTurn
from synthcraft.graph.contracts import Changes, Proposal
from synthcraft.ui.terminal_gate import answer_in

CARD = Proposal(gate="intent", title="Purpose?", aspects=("use_case", "privacy_tier"))
ASKED = CARD.model_copy(update={"question": "What else matters to you?"})
UNSURE = UserTurn(clarification="What do you mean?")


def test_a_card_is_approved_by_an_approval_alone() -> None:
    given = answer_in(UserTurn(intents=(Approve(),)), "yes", CARD, "Jane")
    assert given is not None and (given.verdict, given.actor) == ("approve", "Jane")
    mixed = UserTurn(intents=(Approve(), SetSize(rows=500)))
    revised = answer_in(mixed, "yes, but 500 rows", CARD, "Jane")
    assert revised is not None
    assert (revised.verdict, revised.changes) == ("revise", Changes(rows=500))


@pytest.mark.parametrize("turn", [UNSURE, UserTurn()])
def test_what_is_not_understood_answers_no_card(turn: UserTurn) -> None:
    assert answer_in(turn, "the privacy level", CARD, "Jane") is None


def test_a_wish_answers_the_router() -> None:
    named = answer_in(UNSURE, "the privacy level matters", ASKED, "Jane")
    assert named is not None
    assert (named.verdict, named.reasons) == ("approve", ("privacy_tier",))
    changed = answer_in(UserTurn(intents=(SetSize(rows=500),)), "500 rows", ASKED, "Jane")
    assert changed is not None
    assert (changed.verdict, changed.changes) == ("approve", Changes(rows=500))
    assert answer_in(UNSURE, "mumble", ASKED, "Jane") is None


def test_questions_and_stops_stay_what_they_are_when_the_router_asks() -> None:
    question = UserTurn(intents=(Question(topic="tstr", text="what is TSTR?"),))
    asked = answer_in(question, "what is TSTR?", ASKED, "Jane")
    stopped = answer_in(UserTurn(intents=(Stop(),)), "stop", ASKED, "Jane")
    assert asked is not None and asked.verdict == "question"
    assert stopped is not None and stopped.verdict == "stop"
