"""What was said in the turns before, mended spelling and the classifier: tried before asking."""

from __future__ import annotations

import pytest

from synthcraft.agents.language.attempts import Offline
from synthcraft.agents.language.base import Card, UserTurn
from synthcraft.agents.language.phrasebook import exemplars
from synthcraft.agents.language.spelling import mended
from synthcraft.graph.contracts import Changes
from synthcraft.graph.heard import LONGEST, Heard

CARD = Card(
    columns=("patient_id", "postcode", "bmi", "hdl", "total_cholesterol", "death", "Age", "AGE"),
    generators=("cart", "arf", "ctgan", "tvae", "adsgan"),
    facts={"rows": "2000"},
)


def read(message: str, *before: str, guessing: bool = True) -> UserTurn:
    card = CARD.model_copy(update={"recent": before})
    return (Offline() if guessing else Offline(guess=None)).read(message, "parameters", card)


@pytest.mark.parametrize(
    ("before", "message", "changes"),
    [
        (["drop the cholestrol level"], "the first one", {"roles": {"total_cholesterol": "drop"}}),
        (["target is bmi and hdl"], "the second, please", {"target": "hdl"}),
        (["drop age"], "the second one", {"roles": {"AGE": "drop"}}),
        (["why is postcode there?"], "drop that column", {"roles": {"postcode": "drop"}}),
        (["what is cart?", "thanks"], "use it", {"include": ("cart",)}),
        (["arf or cart?", "use arf"], "no, the other", {"include": ("cart",)}),
        (["what do ctgan and arf do?"], "use both", {"include": ("ctgan", "arf")}),
    ],
)
def test_words_that_point_back(before: list[str], message: str, changes: dict[str, object]) -> None:
    turn = read(message, *before)
    assert turn.changes() == Changes.model_validate(changes)
    assert turn.clarification is None and turn.understood_by == "recall"


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ([], "the second one"),
        (["drop the cholestrol level"], "the fifth one"),
        (["use arf"], "no, the other"),
        (["what is the difference between arf and cart?"], "use that one"),
        (["drop the cholestrol level"], "yes"),
    ],
)
def test_what_points_at_nothing_or_at_two_things_is_asked(before: list[str], message: str) -> None:
    turn = read(message, *before)
    assert turn.changes() == Changes() and turn.clarification


def test_a_yes_after_praise_or_after_an_edit_is_an_approval() -> None:
    assert read("yes", "great").verdict() == "approve"
    assert read("yes", "drop the postcode").verdict() == "approve"


def test_slips_of_the_keyboard_are_mended_and_names_are_not() -> None:
    assert read("remvoe the postcode").changes().roles == {"postcode": "drop"}
    assert read("1500 pateints").changes().rows == 1500
    assert mended("drop the postcode and bmi", CARD) is None
    assert mended("use tvae", CARD) is None


@pytest.mark.parametrize("said", ["aproove", "yse", "sotp", "go bakc", "you have my blessings"])
def test_nothing_grave_without_the_plain_word_or_a_confirmation(said: str) -> None:
    turn = read(said)
    assert turn.verdict() != "approve"
    assert turn.confirm or turn.clarification


def test_the_classifier_reads_what_the_rules_do_not() -> None:
    said = "people would be embarrassed by bmi"
    guessed = read(said)
    assert guessed.changes().sensitive == ("bmi",) and guessed.understood_by == "classifier"
    assert guessed.confidence < 0.9
    assert read(said, guessing=False).clarification


@pytest.mark.parametrize("said", ["bmi", "nobody wants arf to be taken off the list", "hm"])
def test_the_classifier_asks_where_it_cannot_know(said: str) -> None:
    assert read(said).clarification


def test_forty_ways_of_saying_each_kind() -> None:
    from typing import get_args

    from synthcraft.agents.language.base import Intent

    kinds = {kind.model_fields["kind"].default for kind in get_args(get_args(Intent)[0])}
    counts = {kind: sum(map(len, values.values())) for kind, values in exemplars().items()}
    assert set(counts) == {*kinds, "unclear"}
    assert min(counts.values()) >= 40


def test_two_messages_are_remembered_and_long_ones_are_not() -> None:
    heard = Heard()
    for message in ("a", "b", "c", "x" * (LONGEST + 1)):
        heard.add("one", message)
    assert heard.before("one") == ("b", "c")
    assert heard.before("two") == ()
