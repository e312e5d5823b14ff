"""What makes each simulated policy that policy."""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Any

import numpy as np
import pytest

from synthcraft.evals.simulators.features import SIZE, features, outstanding, use_of
from synthcraft.evals.simulators.oracle import Clairvoyant, Oracle
from synthcraft.evals.simulators.players import (
    Base,
    Event,
    Planned,
    Production,
    rules_player,
)
from synthcraft.evals.simulators.policies_coordinator import Coordinator
from synthcraft.evals.simulators.policies_feedbal import FeedBAL, confidence
from synthcraft.evals.simulators.policies_linear import LinUCB, Ridge
from synthcraft.evals.simulators.registry import DEFAULT, PLAYERS, player_named
from synthcraft.evals.simulators.run import Step, run_project
from synthcraft.evals.simulators.world import Truth, World, draw_project
from synthcraft.evals.simulators.worlds import world_named
from synthcraft.graph.bandit import VetoPolicy
from synthcraft.graph.deps import Settings
from synthcraft.graph.episodes import STOP, action_named
from synthcraft.graph.scripted import FixedPolicy, RandomPolicy
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import veto_key


def played(player: Any, world: str = "B", projects: int = 6) -> list[Step]:
    """Every choice in a few projects."""
    log: list[Step] = []
    place = World(world_named(world), 0)
    for number in range(projects):
        run_project(player, place, number, log)
    return log


def truth() -> Truth:
    """What holds in one intake."""
    draws = draw_project(0, 0)
    return World(world_named("A"), 0).truth("intake", draws.flags, 0, draws.wishes[0])


def test_the_default_is_the_policy_that_ships() -> None:
    assert Settings.model_fields["policy"].default == DEFAULT


@pytest.mark.parametrize(
    ("quick", "complete"),
    [
        (Planned(VetoPolicy()), Production(VetoPolicy())),
        (rules_player(), Production(VetoPolicy(0.0, "rules", False), learns=False)),
        (Planned(FixedPolicy()), Production(FixedPolicy(), learns=False)),
        (Planned(RandomPolicy()), Production(RandomPolicy(), learns=False)),
    ],
    ids=["veto", "rules", "fixed", "random"],
)
def test_without_the_record_the_choices_are_the_same(quick: Base, complete: Base) -> None:
    assert played(quick) == played(complete)


def test_the_production_policy_learns_from_what_it_is_told() -> None:
    player = Planned(VetoPolicy())
    played(player, projects=25)
    known = player.statistics
    base = [known.observations(f"b|{name}") for name in ("intake", "documentation")]
    assert min(base) >= 15
    # World B inverts wishes: an unexpected one that was sent back for is learnt as a veto.
    prior = known.without_counts()
    keys = [veto_key("intake", aspect, "non") for aspect in ("missingness", "duplicates")]
    assert any(known.mean(key) != prior.mean(key) for key in keys)


def test_rules_learn_nothing() -> None:
    player = rules_player()
    played(player)
    assert not player.statistics.session
    assert not player.statistics.installation


def test_the_index_of_feedbal_is_mean_gain_plus_confidence() -> None:
    player = FeedBAL(0)
    cell = ("intake", 0, (1, "none", False), STOP)
    assert player.index(cell, 9) == inf
    player._update(cell, 1.0)
    player._update(cell, -1.0)
    player._update(cell, 1.0)
    cells = 6 * 30 * 9
    square = (1 + 3) / 3**2 * 4 * log(cells * sqrt(1 + 3) / 0.01)
    assert player.index(cell, 9) == pytest.approx(1 / 3 + sqrt(square) / 16)
    assert confidence(10, 9) < confidence(3, 9) < confidence(1, 9)
    # The same factor for the stop and for ordinary actions.
    other = (*cell[:3], "profile_schema")
    for value in (1.0, -1.0, 1.0):
        player._update(other, value)
    assert player.index(other, 9) == player.index(cell, 9)


def test_feedbal_sees_a_terminal_reward_at_the_stop_only() -> None:
    player = FeedBAL(0)
    situation = Situation(episode="intake", root_seed=0)
    player.begin(situation, truth())
    later = situation.model_copy(update={"progress": Progress(steps=1, done=("profile_schema",))})
    player.learn(situation, Event("profile_schema", True))
    player.learn(later, Event(STOP, True, 1.0, last=True))
    gains = {cell[3]: gain for cell, gain in player.gains.items()}
    assert gains == {"profile_schema": 1.0, STOP: 1.0}


def test_linucb_is_ridge_regression_with_its_bound() -> None:
    rng = np.random.default_rng(0)
    model, xs, ys = Ridge(), rng.normal(size=(40, SIZE)), rng.normal(size=40)
    for x, y in zip(xs, ys, strict=True):
        model.add(x, float(y))
    matrix = np.eye(SIZE) + xs.T @ xs
    assert np.allclose(model.inverse, np.linalg.inv(matrix))
    x = rng.normal(size=SIZE)
    mean = x @ np.linalg.solve(matrix, xs.T @ ys)
    width = np.sqrt(x @ np.linalg.solve(matrix, x))
    assert model.bound(x, 0.0) == pytest.approx(mean)
    assert model.bound(x, 2.0) == pytest.approx(mean + 2 * width)


def test_linucb_watches_the_rules_first() -> None:
    player = LinUCB(warm=3)
    assert played(player, projects=3) == played(rules_player(), projects=3)
    assert player.models["intake"]["profile_schema"].moments.any()


def test_the_coordinator_is_labelled_and_its_violations_are_counted() -> None:
    player = player_named("emulated_llm_coordinator", 0)
    assert player.emulated
    assert "emulated" in player.name
    assert isinstance(player, Coordinator)
    place = World(world_named("A"), 0)
    tallies = [run_project(player, place, number) for number in range(12)]
    assert sum(t.violations for t in tallies) > 12
    assert sum(t.unevaluated for t in tallies) > 0
    assert sum(t.questions for t in tallies) == 0
    assert [name for name in PLAYERS if player_named(name, 0).emulated] == [player.name]


def test_ask_always_asks_once_in_every_first_attempt() -> None:
    steps = played(player_named("ask_always", 0))
    asked = [(s.project, s.episode) for s in steps if s.action.startswith("ask_")]
    assert len(asked) == len(set(asked)) == 36


def test_the_checklist_asks_about_an_ambiguous_request_only() -> None:
    steps = played(player_named("checklist", 0), projects=12)
    asked = {s.project for s in steps if s.action.startswith("ask_")}
    assert asked == {n for n in range(12) if draw_project(0, n).flags.ambiguous}


def test_oracles_start_from_the_truth_and_learn_from_a_rejection() -> None:
    situation, known = Situation(episode="intake", root_seed=0), truth()
    oracle, clairvoyant = Oracle(), Clairvoyant()
    oracle.begin(situation, known)
    clairvoyant.begin(situation, known)
    assert np.array_equal(oracle.chances, known.chances)
    assert np.array_equal(clairvoyant.chances, known.wanted)
    # Schema is there, so its wish says nothing; the silent rejection makes all others likelier.
    shown = situation.model_copy(update={"progress": Progress(done=("profile_schema",), steps=1)})
    oracle.learn(shown, Event(STOP, False, -1.0))
    assert oracle.chances[0] == known.chances[0]
    assert np.all(oracle.chances[1:] > known.chances[1:])
    oracle.learn(shown, Event(STOP, False, -1.0, reasons=("duplicates",)))
    assert oracle.chances[5] == 1.0


def test_what_an_action_would_add() -> None:
    situation = Situation(episode="intake", root_seed=0)
    profile, gaps = (action_named("intake", n) for n in ("profile_schema", "missingness_report"))
    assert use_of(situation, profile) == "expected"
    assert use_of(situation, gaps) == "unexpected"
    assert use_of(situation, action_named("generation", "shortlist")) == "enables"
    done = situation.model_copy(update={"progress": Progress(done=("profile_schema",))})
    assert use_of(done, profile) == "nothing"
    assert (outstanding(situation), outstanding(done)) == (1, 0)
    assert features(done).shape == (SIZE,)
    assert not np.array_equal(features(done), features(situation))
