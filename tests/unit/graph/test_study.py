"""Study mode: draws among near-ties only, with the probability that it writes down."""

from __future__ import annotations

from collections import Counter

import pytest

from synthcraft.graph.bandit import VetoPolicy, policy_named
from synthcraft.graph.contracts import Decision
from synthcraft.graph.episodes import EPISODES, STOP
from synthcraft.graph.learning import after_action, after_check
from synthcraft.graph.records import Flags
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics
from synthcraft.graph.study import EXPLORED, NEAR, StudyPolicy, near_ties

DRAFTED = Progress(steps=1, done=("draft_report",))
EXPERT = Flags(ambiguous=False, expert=True, privacy="strict")


def choices(policy: StudyPolicy, situation: Situation, projects: int) -> list[Decision]:
    """The same situation in many projects: only the draws differ."""
    places = (situation.model_copy(update={"project": number}) for number in range(projects))
    return [policy.choose(place, Statistics()) for place in places]


def test_every_choice_comes_as_often_as_its_propensity_says() -> None:
    policy, projects = StudyPolicy(tau=0.0), 3000
    situation = Situation(episode="documentation", progress=DRAFTED, flags=EXPERT, root_seed=3)
    made = choices(policy, situation, projects)
    found, said = Counter(d.action for d in made), {d.action: d.propensity for d in made}
    assert len(found) >= 3
    assert sum(said.values()) == pytest.approx(1.0)
    for action, propensity in said.items():
        error = (propensity * (1 - propensity) / projects) ** 0.5
        assert found[action] / projects == pytest.approx(propensity, abs=4 * error)
    usual = VetoPolicy(tau=0.0).choose(situation, Statistics()).action
    assert found.most_common(1)[0][0] == usual
    assert said[usual] == pytest.approx(1 - EXPLORED + EXPLORED / len(said))


def walks(policy: StudyPolicy, projects: int = 60) -> list[tuple[Situation, Decision]]:
    """Decisions of first attempts in which everything succeeds."""
    met = []
    for number in range(projects):
        flags = Flags(small=number % 2 == 0, expert=number % 3 == 0, ambiguous=number % 5 == 0)
        for name in EPISODES:
            situation = Situation(episode=name, flags=flags, root_seed=1, project=number)
            decision = policy.choose(situation, Statistics())
            while decision.action != "stop":
                met.append((situation, decision))
                progress = situation.progress
                actions = {a.name: a for a in situation.table.actions}
                if decision.action in actions:
                    progress = after_action(progress, actions[decision.action], True)
                else:
                    progress = after_check(progress, False)
                situation = situation.model_copy(update={"progress": progress})
                decision = policy.choose(situation, Statistics())
            met.append((situation, decision))
    return met


def test_it_departs_from_the_usual_for_near_ties_only_and_never_to_ask() -> None:
    seldom = 0
    for situation, decision in walks(StudyPolicy()):
        usual = VetoPolicy().choose(situation, Statistics())
        if decision.probe:
            assert (decision.action, situation.progress.check != "none") == (STOP, True)
            assert decision.propensity >= EXPLORED
            continue
        if decision.action == usual.action:
            assert decision.propensity > 0.5
            continue
        seldom += 1
        assert decision.propensity <= EXPLORED / 2
        assert usual.score - decision.score <= NEAR
        assert not any(a.asks for a in situation.table.actions if a.name == decision.action)
        assert decision.alternatives[0].action == usual.action
    assert seldom >= 20


def test_without_a_near_tie_nothing_is_drawn() -> None:
    made = choices(StudyPolicy(tau=0.0), Situation(episode="intake", root_seed=0), 50)
    assert {(d.action, d.propensity) for d in made} == {("profile_schema", 1.0)}


def test_a_question_is_a_near_tie_of_itself_alone() -> None:
    situation = Situation(episode="intent", root_seed=0)
    values = {"infer_from_data": 0.5, "ask_intent": 0.6, "stop": 0.2}
    assert near_ties(situation, values, "ask_intent") == ("infer_from_data", "ask_intent")
    values["infer_from_data"] = 0.61
    assert near_ties(situation, values, "infer_from_data") == ("infer_from_data",)


def test_it_is_selected_by_name_and_repeats_itself() -> None:
    situation = Situation(episode="evaluation", flags=EXPERT, root_seed=9)
    first = policy_named("veto_study").choose(situation, Statistics())
    assert first == policy_named("veto_study").choose(situation, Statistics())
    assert first.policy == "veto_study"
