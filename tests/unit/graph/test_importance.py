"""Importance weighting: right on average for one decision, refused for anything else."""

from __future__ import annotations

import numpy as np
import pytest

from synthcraft.graph.errors import InputError
from synthcraft.graph.importance import Choice, first_choice, weighted
from synthcraft.graph.logged import LoggedEpisode, LoggedProject, LoggedStep
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics

CHANCES = {"ask": 0.25, "go": 0.75}
REWARDS = {"ask": 0.4, "go": -0.2}


def logged(number: int, rng: np.random.Generator) -> list[tuple[Choice, ...]]:
    """One decision a project, drawn with these chances, with a noisy reward."""
    made = rng.choice(list(CHANCES), number, p=list(CHANCES.values()))
    noise = rng.normal(0, 1, number)
    return [
        (Choice(str(action), CHANCES[action], REWARDS[action] + extra),)
        for action, extra in zip(made, noise, strict=True)
    ]


def asks(choice: Choice) -> float:
    return float(choice.action == "ask")


def test_the_estimate_is_right_on_average_and_its_error_is_told() -> None:
    rng = np.random.default_rng(0)
    found = [weighted(logged(100, rng), asks) for _ in range(400)]
    values = np.array([one.value for one in found])
    error = values.std(ddof=1)
    assert values.mean() == pytest.approx(REWARDS["ask"], abs=4 * error / 20)
    assert np.mean([one.se for one in found]) == pytest.approx(error, rel=0.1)
    naive = np.mean([choice.reward for (choice,) in logged(2000, rng)])
    assert abs(naive - REWARDS["ask"]) > 0.3


def test_without_noise_every_choice_counts_by_its_rarity() -> None:
    made = [(Choice("ask", 0.25, 0.4),), *[(Choice("go", 0.75, -0.2),)] * 3, ()]
    assert weighted(made, asks).value == pytest.approx(0.4)
    assert weighted(made, lambda choice: 1 - asks(choice)).value == pytest.approx(-0.2)
    half = weighted(made, lambda choice: 0.5)
    assert half.value == pytest.approx(0.5 * 0.4 + 0.5 * -0.2)
    assert half.decisions == 4


def test_the_effective_number_is_that_of_equal_weights() -> None:
    made = [(Choice(name, 0.5, 1.0),) for name in ("ask", "go") * 50]
    assert weighted(made, asks).effective == pytest.approx(50)
    assert weighted(made, lambda choice: 0.5).effective == pytest.approx(100)
    rare = [(Choice("ask", 0.01, 1.0),), *[(Choice("go", 0.99, 1.0),)] * 99]
    assert weighted(rare, lambda choice: 0.5).effective == pytest.approx(3.96, abs=0.01)


def test_what_cannot_be_answered_is_refused_with_a_sentence() -> None:
    one = Choice("ask", 0.5, 1.0)
    cases = {
        "about one decision of a project": [(one, one), (one,)],
        "Chance had no part": [(Choice("ask", 1.0, 1.0),), (Choice("go", 1.0, 0.0),)],
        "No project holds a decision": [(), ()],
        "is no probability": [(Choice("ask", 0.0, 1.0),), (one,)],
        "the other policy would have made": [(Choice("go", 0.5, 1.0),)],
    }
    for sentence, choices in cases.items():
        with pytest.raises(InputError, match=sentence):
            weighted(choices, asks)


def test_the_first_decision_in_question_brings_what_followed_in_its_episode() -> None:
    begun = Situation(episode="intent", root_seed=0)
    later = begun.model_copy(update={"progress": Progress(steps=1)})
    intent = LoggedEpisode(
        (
            LoggedStep(begun, "ask_intent", "veto_study", 0.95, True, (), -1.0),
            LoggedStep(later, "stop", "veto_study", 1.0, True, (), 1.0),
        )
    )
    intake = Situation(episode="intake", root_seed=0)
    shown = LoggedEpisode((LoggedStep(intake, "stop", "veto_study", 1.0, True, (), 1.0),))
    project = LoggedProject((shown, intent, intent), Statistics())
    (choice,) = first_choice(project, lambda situation: situation.episode == "intent")
    assert choice == Choice("ask_intent", 0.95, 0.0)
    (choice,) = first_choice(project, lambda situation: situation.progress.steps == 1)
    assert choice == Choice("stop", 1.0, 1.0)
    assert first_choice(project, lambda situation: situation.episode == "generation") == ()
