"""What is said about parameters goes to engines that have them; the choice may be left open."""

from __future__ import annotations

import pytest

from synthcraft.agents.language.base import Card
from synthcraft.agents.language.rules import Rules
from synthcraft.graph.contracts import Changes
from synthcraft.graph.records import Plan
from synthcraft.tools.changes import apply_changes

CARD = Card(
    columns=("age", "network"),
    generators=("cart", "bayesian_network", "ctgan", "tvae", "marginal_distributions"),
    gate="parameters",
)


def test_the_reply_says_which_engines_get_a_parameter_and_which_have_none() -> None:
    turn = Rules().read("500 epochs for cart and ctgan", "parameters", CARD)
    assert turn.changes() == Changes(parameters={"ctgan": {"n_iter": 500}})
    assert "for ctgan" in turn.note and "Without n_iter: cart" in turn.note


def test_a_generator_is_meant_where_a_column_is_named_like_a_part_of_it() -> None:
    turn = Rules().read("use only cart and bayesian_network", "parameters", CARD)
    assert turn.changes() == Changes(include=("cart", "bayesian_network"))


@pytest.mark.parametrize("gate", ["intake", "intent", "documentation"])
def test_a_bare_choice_is_one_of_generators_only_at_their_cards(gate: str) -> None:
    card = CARD.model_copy(update={"gate": gate})
    assert Rules().read("you choose", gate, card).changes().choose is None
    named = Rules().read("pick the best generator for me", gate, card)
    assert named.changes().choose is True


def test_a_choice_that_was_left_open_can_be_taken_back() -> None:
    card = CARD.model_copy(update={"plan": Plan(choose=True)})
    turn = Rules().read("I choose the generators myself", "parameters", card)
    assert turn.changes().choose is False


def test_a_choice_is_among_those_that_were_named_and_never_among_one() -> None:
    choose = Changes(choose=True)
    assert apply_changes(Plan(requested=("cart", "arf")), choose).requested == ("cart", "arf")
    assert apply_changes(Plan(requested=("cart",)), choose).requested == ()
