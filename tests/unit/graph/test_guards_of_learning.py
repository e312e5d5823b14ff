"""Guards G8 and G9: learning can be switched off, and a ruined memory is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from synthcraft.evals.simulators.players import Planned
from synthcraft.evals.simulators.run import run_project
from synthcraft.evals.simulators.world import Truth, World
from synthcraft.evals.simulators.worlds import world_named
from synthcraft.graph.bandit import Situation, VetoPolicy, policy_named
from synthcraft.graph.deps import Settings, make_deps
from synthcraft.graph.drift import CAUTION, WINDOW, Outcome, alarmed, cautious, told
from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.memory import drift_file, keep, recall, recent, remember
from synthcraft.graph.policy_exchange import reset
from synthcraft.graph.policy_file import PolicyFileWarning, merge_into
from synthcraft.graph.records import Flags, Plan
from synthcraft.graph.state import Progress, RunState
from synthcraft.graph.statistics import Statistics, priors
from synthcraft.tools.counts import micro


def test_g8_the_kill_switch_is_the_same_planner_with_learning_off(tmp_path: Path) -> None:
    settings = Settings.from_env(home=tmp_path, environ={"SYNTHCRAFT_POLICY": "rules"})
    learnt = {key: micro(0, 300) for key in priors() if key.startswith("k|evaluation")}
    merge_into(settings.policy_file, learnt)
    before = settings.policy_file.read_bytes()
    assert recall(settings) == Statistics()
    state: RunState = {"plan": Plan(), "status": "finished", "counts": {"b|intake": micro(1, 0)}}
    keep(settings, state)
    assert settings.policy_file.read_bytes() == before
    assert not drift_file(settings.policy_file).exists()
    situation = Situation(episode="evaluation", root_seed=1)
    known = recall(settings.model_copy(update={"policy": "veto"}))
    assert known.observations("k|evaluation|plots|ind") == 300
    rules = policy_named("rules").choose(situation, known)
    assert rules == policy_named("rules").choose(situation, Statistics())
    assert not rules.sampling_changed and rules.evidence == 0


def test_g8_a_policy_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no policy named 'rule'"):
        make_deps(Settings(home=tmp_path / "home", policy="rule"))
    assert not (tmp_path / "home").exists()


def outcomes(*gaps: float) -> list[Outcome]:
    """Thirty projects in turn this much above or below what the rules predict."""
    return [Outcome(2.0 + gaps[i % len(gaps)], 2.0) for i in range(WINDOW)]


def test_g9_the_alarm_needs_thirty_projects_and_two_standard_errors() -> None:
    bad = outcomes(-1.5, -0.5)
    assert alarmed(bad)
    assert not alarmed(bad[1:])
    assert not alarmed(outcomes(-1.0, 1.0))
    assert not alarmed(outcomes(1.0))
    # mean -0.3, standard deviation about 1: two standard errors are 0.37
    assert not alarmed(outcomes(-1.3, 0.7))
    assert alarmed(outcomes(-1.5, 0.5))
    assert not alarmed([*bad, *outcomes(1.0, 0.5)])
    assert CAUTION in told(bad)
    assert CAUTION not in told(outcomes(1.0))
    assert "needs 30 projects" in told(bad[:4])


def test_g9_cautious_means_no_sampling_and_priors_that_weigh_four_times() -> None:
    known = Statistics(installation={"b|evaluation": micro(0, 40)})
    careful = cautious(known)
    first, second = known.beta("b|evaluation")
    prior = priors()["b|evaluation"]
    assert careful.beta("b|evaluation") == pytest.approx(
        (first + 3 * prior[0], second + 3 * prior[1])
    )
    assert Statistics.from_json(careful.to_json()) == careful
    progress = Progress(done=("profile_schema", "missingness_report", "duplicate_check"), steps=3)
    situation = Situation(
        episode="intake", progress=progress, flags=Flags(missing=True, small=True), root_seed=3
    )
    projects = [situation.model_copy(update={"project": p}) for p in range(40)]
    drawn = {policy_named("veto").choose(s, known).action for s in projects}
    still = {policy_named("veto").choose(s, careful).action for s in projects}
    assert len(drawn) > 1 == len(still)


def test_g9_the_file_holds_the_last_thirty_in_numbers_and_nothing_else(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    for number in range(WINDOW + 5):
        remember(policy, Outcome(number / 10, 2.5))
    content = json.loads(drift_file(policy).read_text())
    assert content.keys() == {"schema", "outcomes", "digest"}
    assert content["outcomes"] == [[n / 10, 2.5] for n in range(5, WINDOW + 5)]
    assert recent(policy)[-1] == Outcome(3.4, 2.5)
    merge_into(policy, {})
    reset(policy)
    assert recent(policy) == ()
    assert (tmp_path / "drift.json.reset-1").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "emab-drift/1", "outcomes": [[1, 2]], "digest": "0"}',
        '{"schema": "emab-drift/9", "outcomes": [], "digest": ""}',
        '{"schema": "emab-drift/1", "outcomes": [["a", 2]], "digest": ""}',
        '{"schema": "emab-drift/1", "outcomes": [[NaN, 2]], "digest": ""}',
    ],
)
def test_g9_a_damaged_file_is_set_aside_with_a_warning(tmp_path: Path, text: str) -> None:
    policy = tmp_path / "policy.json"
    drift_file(policy).write_text(text)
    with pytest.warns(PolicyFileWarning, match=r"drift\.json was set aside as drift\.json\.bad-1"):
        assert recent(policy) == ()
    assert (tmp_path / "drift.json.bad-1").read_text() == text
    remember(policy, Outcome(1.0, 2.0))
    assert recent(policy) == (Outcome(1.0, 2.0),)


class Watched(Planned):
    """The default policy under the alarm, as `memory` applies it from project to project."""

    def __init__(self, memory: Statistics) -> None:
        super().__init__(VetoPolicy(), memory)
        self.predicted = 0.0

    def begin(self, situation: Situation, truth: Truth) -> None:
        super().begin(situation, truth)
        self.predicted += policy_named("rules").choose(situation, Statistics()).score

    def alarm(self, on: bool) -> None:
        self.statistics = replace(self.statistics, prior_weight=4.0 if on else 1.0)
        self._tau = 0.0 if on else 0.3


def simulated(memory: Statistics, projects: int) -> list[tuple[bool, Outcome]]:
    player, world = Watched(memory), World(world_named("A"), 0)
    seen: list[tuple[bool, Outcome]] = []
    for number in range(projects):
        on = alarmed([outcome for _, outcome in seen])
        player.alarm(on)
        player.predicted = 0.0
        net = run_project(player, world, number).net
        seen.append((on, Outcome(net, player.predicted)))
    return seen


def test_g9_a_ruined_memory_sets_the_alarm_off_and_a_sound_one_does_not() -> None:
    ruined = {
        key: micro(400, -800)
        if key.startswith("R|")
        else micro(400, 0)
        if key.startswith("k|") or "|ask_" in key
        else micro(0, 400)
        for key in priors()
        if key[0] in "ksR"
    }
    bad = simulated(Statistics(installation=ruined), 50)
    assert not any(on for on, _ in bad[:WINDOW])
    assert bad[WINDOW][0]
    after = sum(outcome.net for _, outcome in bad[WINDOW:]) / (len(bad) - WINDOW)
    before = sum(outcome.net for _, outcome in bad[:WINDOW]) / WINDOW
    assert after > before + 0.5
    assert not any(on for on, _ in simulated(Statistics(), 45))
