"""Everything that has a name in the catalogues can be asked about."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from synthcraft.agents.language.answers import answer
from synthcraft.agents.language.phrasebook import book
from synthcraft.graph.contracts import EpisodeName
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.metrics.registry import every_metric

SHOWN = {"title", "strengths", "weaknesses", "claim_level"}
FACTS: dict[str, Any] = {
    "generators": {n: s.model_dump(mode="json", include=SHOWN) for n, s in catalogue().items()},
    "plan": {"generators": [{"generator": "adsgan", "reason": "it suits small tables"}]},
}


def ask(question: str) -> str:
    return answer(question, None, FACTS)


def test_every_metric_is_described_by_its_id_and_by_its_title() -> None:
    unsaid = [
        (spec.id, asked)
        for spec in every_metric()
        for asked in (spec.id, spec.title)
        if spec.explanation not in ask(f"What is {asked}?")
        and spec.explanation not in ask(f"explain {spec.id}")
    ]
    assert unsaid == []
    assert len(every_metric()) > 80


def test_every_metric_says_which_way_is_better() -> None:
    said = {spec.direction: ask(f"what does {spec.id} mean") for spec in every_metric()}
    assert "Lower is better." in said["lower"] and "Higher is better." in said["higher"]
    assert "is better" not in said["target"]


def test_every_generator_is_described() -> None:
    unsaid = [
        name
        for name, spec in catalogue().items()
        if not ask(f"what is {name}?").startswith(f"{spec.title}:")
    ]
    assert unsaid == []


def test_every_parameter_is_described() -> None:
    terms = book("glossary")
    unsaid = []
    for generator, spec in catalogue().items():
        for parameter in spec.parameters:
            said = ask(f"what is {parameter.name} of {generator}?")
            alone = ask(f"what is {parameter.name}?")
            known = parameter.name in alone or any(e["short"] in alone for e in terms.values())
            if parameter.sentence.rstrip(".") not in said or not known:
                unsaid.append((generator, parameter.name, alone))
    assert unsaid == []


@pytest.mark.parametrize("episode", get_args(EpisodeName))
def test_every_episode_is_described(episode: str) -> None:
    for question in (f"What is {episode}?", f"what does the {episode} step do"):
        assert len(ask(question)) > 80 and "can't answer" not in ask(question)


def test_why_a_generator_was_picked_and_why_not() -> None:
    assert "it suits small tables" in ask("why did you pick adsgan?")
    assert "not in the plan" in ask("why did you not choose ctgan?")


@pytest.mark.parametrize("topic", ["the status", "the next step", "the cost", "privacy"])
def test_what_is_always_asked(topic: str) -> None:
    assert "can't answer" not in ask(f"what about {topic}?")


@pytest.mark.parametrize("question", ["what is love?", "who won the match?"])
def test_what_is_not_known_is_said_with_what_can_be_asked(question: str) -> None:
    said = ask(question)
    assert "can't answer" in said and "You can ask about" in said
