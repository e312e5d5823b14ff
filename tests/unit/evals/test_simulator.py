"""The simulated worlds: same numbers for every policy, guards that hold, effects that show."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from synthcraft.evals.simulators.nominal import MINUTES, SUCCESS, WISHES, budget
from synthcraft.evals.simulators.people import approval, judge
from synthcraft.evals.simulators.players import Base
from synthcraft.evals.simulators.registry import PLAYERS, player_named
from synthcraft.evals.simulators.run import Step, run_project
from synthcraft.evals.simulators.world import BROKEN_SUCCESS, World, draw_project
from synthcraft.evals.simulators.worlds import WORLDS, world_named
from synthcraft.graph.episodes import (
    ACTION_LIMIT,
    ATTEMPT_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    action_named,
)
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.graph.situation import Situation

SAFE = [name for name in PLAYERS if player_named(name, 0).safe]


def log_of(policy: str, world: str = "A", seed: int = 0, projects: int = 8) -> list[Step]:
    """Every choice of a new player."""
    log: list[Step] = []
    place, player = World(world_named(world), seed), player_named(policy, seed)
    for number in range(projects):
        run_project(player, place, number, log)
    return log


def test_every_number_is_that_of_an_aspect_or_an_action() -> None:
    assert set(WISHES) <= {a for e in EPISODES.values() for a in e.aspects}
    assert set(SUCCESS) <= {a.name for e in EPISODES.values() for a in e.actions}
    assert set(MINUTES) == {a.name for e in EPISODES.values() for a in e.actions if a.trains}


@pytest.mark.parametrize("policy", PLAYERS)
def test_the_same_seed_gives_the_same_log(policy: str) -> None:
    first, second = log_of(policy, projects=4), log_of(policy, projects=4)
    assert first == second
    assert first != log_of(policy, seed=1, projects=4)


@pytest.mark.parametrize("policy", SAFE)
def test_no_safe_policy_ever_leaves_the_guards(policy: str) -> None:
    place, player, log = World(world_named("B"), 3), player_named(policy, 3), list[Step]()
    for number in range(8):
        before = len(log)
        tally = run_project(player, place, number, log)
        assert tally.violations == 0
        assert tally.minutes <= budget(draw_project(3, number).flags)
        trained = [
            step
            for step in log[before:]
            if step.action not in (STOP, SELF_CHECK)
            and action_named(step.episode, step.action).trains
        ]
        assert tally.validations == bool(trained)
    stops = [step for step in log if step.action == STOP]
    assert max(step.attempt for step in stops) < ATTEMPT_LIMIT
    work = [step for step in log if step.action not in (STOP, SELF_CHECK)]
    places = [(step.project, step.episode, step.attempt) for step in work]
    assert max(places.count(place) for place in set(places)) <= ACTION_LIMIT


def test_a_masked_choice_of_a_safe_player_is_refused() -> None:
    class Hasty(Base):
        name = "hasty"

        def choose(self, situation: Situation) -> str:
            return "gen_gan"

    with pytest.raises(GuardError, match="no such action"):
        run_project(Hasty(), World(world_named("A"), 0), 0)


def test_the_rewards_of_a_project_add_up() -> None:
    log: list[Step] = []
    place, player = World(world_named("A"), 1), player_named("ask_always", 1)
    tally = run_project(player, place, 0, log)
    approved = sum(step.ok for step in log if step.action == STOP)
    redos = sum(not step.ok for step in log if step.action == STOP)
    asked = sum(step.action.startswith("ask_") for step in log)
    assert (tally.approved, tally.redos, tally.questions) == (approved, redos, asked)
    assert tally.net == approved - redos - asked
    assert tally.contacts == approved + redos + asked + tally.validations


def test_a_lack_makes_approval_less_likely_one_by_one_or_in_sum() -> None:
    weights = np.array([0.5, 0.8])
    for name, both in (("A", 0.5 * 0.2), ("D", max(0.0, 1 - 0.75 * 1.3))):
        world = World(world_named(name), 0)
        whole = approval(world, weights, np.array([False, False]), 0)
        assert whole == pytest.approx(world.goodwill)
        lacking = approval(world, weights, np.array([True, True]), 0)
        assert lacking == pytest.approx(world.goodwill * both)
        assert approval(world, weights, np.array([False, False]), 2) < whole


def test_a_person_names_what_matters_most_among_the_missing() -> None:
    weights, unmet = np.array([0.9, 0.3, 0.6]), np.array([False, True, True])
    talks, terse = World(world_named("A"), 0), World(world_named("F"), 0)
    draws = np.array([0.99, 0.0, 0.0])
    assert judge(talks, 0.5, weights, unmet, draws).reason == 2
    assert judge(terse, 0.5, weights, unmet, draws).reason is None
    assert judge(talks, 0.5, weights, unmet, np.array([0.1, 0.0, 0.0])).approved


def test_the_drift_turns_wishes_and_breaks_tools_at_its_project_only() -> None:
    drifting, spec = World(WORLDS["E"], 0), WORLDS["E"]
    still = World(replace(spec, drift_at=None), 0)
    assert spec.drift_at == 150
    flags, draws = draw_project(0, 0).flags, np.full(8, 0.5)
    turned = broken = 0
    for name in EPISODES:
        usual = still.truth(name, flags, 149, draws)
        before = drifting.truth(name, flags, 149, draws)
        after = drifting.truth(name, flags, 150, draws)
        assert np.array_equal(before.chances, usual.chances)
        assert np.array_equal(before.success, usual.success)
        changed = after.chances != before.chances
        assert np.allclose(after.chances[changed], 1 - before.chances[changed])
        assert not changed[0]
        turned += int(changed.sum())
        broken += int((after.success == BROKEN_SUCCESS).sum())
    assert turned >= 3
    assert broken >= 2


def test_worlds_that_were_not_tuned_on_stay_as_they_were_written() -> None:
    misled = WORLDS["F"]
    assert misled.sensitivity < misled.false_alarm
    assert misled.gives_reason == 0
    assert (WORLDS["E"].drifted, WORLDS["E"].broken) == (0.3, 0.2)


def test_a_clean_result_is_passed_and_a_gap_found_at_the_rates_of_the_world() -> None:
    verdicts = [step for step in log_of("fixed", projects=40) if step.action == SELF_CHECK]
    assert len(verdicts) > 60
    # Most checked results of the fixed order lack nothing: false alarms at 20 %.
    assert 0.5 < np.mean([step.ok for step in verdicts]) < 0.9


def test_context_flags_are_drawn_at_their_rates_and_the_same_for_all() -> None:
    flags = [draw_project(0, number).flags for number in range(400)]
    assert 0.28 < np.mean([f.small for f in flags]) < 0.42
    assert 0.38 < np.mean([f.ambiguous for f in flags]) < 0.52
    assert {f.privacy for f in flags} == {"none", "moderate", "strict"}
    assert draw_project(0, 7).flags == flags[7]
    assert any(a != b for a, b in pairwise(flags))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError) as error:
        world_named("Z")
    assert "A, B" in error.value.hint
    with pytest.raises(NotFoundError) as error:
        player_named("oracel", 0)
    assert "oracle" in error.value.hint
