"""A second opinion on checked work: believed as far as it proved right, else ignored."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from synthcraft.evals.simulators.players import Planned
from synthcraft.evals.simulators.run import run_project
from synthcraft.evals.simulators.world import World
from synthcraft.evals.simulators.worlds import world_named
from synthcraft.graph.approval import belief
from synthcraft.graph.bandit import VetoPolicy, shown_anyway
from synthcraft.graph.episodes import SELF_CHECK, STOP
from synthcraft.graph.learning import after_check, learn_check, learn_second
from synthcraft.graph.policy_exchange import merge_files
from synthcraft.graph.policy_file import load_policy, merge_into
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import SECOND, Statistics, names, second_key
from synthcraft.tools.counts import MICRO, micro

SHOWN = Progress(steps=3, done=("pick_fidelity", "pick_utility", "pick_privacy"))
USEFUL, USELESS, MISLEADING = (0.9, 0.1), (0.5, 0.5), (0.1, 0.9)


def heard(check: str, second: str, tau: float = 0.3) -> tuple[Situation, VetoPolicy]:
    progress = after_check(SHOWN, check == "gap", second)  # type: ignore[arg-type]
    place = Situation(episode="evaluation", progress=progress, advised=True, root_seed=4)
    return place, VetoPolicy(tau)


def history(approved: tuple[int, int], rejected: tuple[int, int]) -> Statistics:
    """(gaps, passes) before each verdict, whatever the self-check had found."""
    counts = {}
    for check in ("pass", "gap"):
        counts |= {
            second_key(check, "approved"): micro(*approved),  # type: ignore[arg-type]
            second_key(check, "rejected"): micro(*rejected),  # type: ignore[arg-type]
        }
    return Statistics(installation=counts)


@pytest.mark.parametrize("known", [Statistics(), history((30, 10), (10, 30))])
@pytest.mark.parametrize("check", ["pass", "gap"])
def test_an_opinion_that_is_untried_or_misleads_changes_nothing(
    check: str, known: Statistics
) -> None:
    alone, policy = heard(check, "none")
    usual = policy.choose(alone, known)
    for second in ("pass", "gap"):
        place, _ = heard(check, second)
        said = policy.choose(place, known)
        assert (said.action, said.score) == (usual.action, pytest.approx(usual.score, abs=1e-9))
        assert said.confidence == pytest.approx(usual.confidence, abs=1e-9)
        assert said.blind == (said.action == STOP)


def test_one_that_proved_right_moves_the_belief_and_is_worth_asking() -> None:
    known = history((2, 38), (38, 2))
    beliefs = {s: belief(heard("pass", s)[0], known).mean for s in ("pass", "none", "gap")}
    assert beliefs["pass"] > beliefs["none"] + 0.05 and beliefs["gap"] < beliefs["none"] - 0.3
    fresh = Situation(episode="evaluation", progress=SHOWN, root_seed=4)
    policy = VetoPolicy(0.0)

    def worth(advised: bool) -> float:
        decision = policy.choose(fresh.model_copy(update={"advised": advised}), known)
        values = {a.action: a.score for a in decision.alternatives}
        return (values | {decision.action: decision.score})[SELF_CHECK]

    assert worth(advised=True) > worth(advised=False) + 0.05


def test_it_is_counted_by_what_the_rules_found_and_never_with_them() -> None:
    place, _ = heard("pass", "gap")
    assert learn_second(place, False) == {"g|model|pass|rejected": (MICRO, 0)}
    assert learn_check(place, False) == {"g|rejected": (0, MICRO)}
    assert learn_second(heard("gap", "pass")[0], True) == {"g|model|gap|approved": (0, MICRO)}
    assert learn_second(heard("gap", "none")[0], True) == {}
    unchecked = Situation(episode="evaluation", progress=SHOWN, root_seed=4)
    assert learn_second(unchecked, True) == {}
    assert not shown_anyway(VetoPolicy(), unchecked, Statistics())


def test_what_only_a_good_opinion_let_through_teaches_nothing() -> None:
    known = history((0, 400), (400, 0))
    shown, policy = heard("pass", "pass")
    decision = policy.choose(shown, known)
    assert policy.choose(heard("pass", "gap")[0], known).action != STOP
    assert decision.action == STOP and not decision.blind


def test_counts_of_opinions_are_kept_and_joined_like_all_others(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "policy.json", tmp_path / "theirs.json"
    place, _ = heard("pass", "gap")
    merge_into(ours, learn_second(place, False))
    merge_into(theirs, learn_second(place, False) | learn_check(place, False))
    merged = merge_files(ours, [theirs])
    assert merged.counts == {"g|model|pass|rejected": (2 * MICRO, 0), "g|rejected": (0, MICRO)}
    assert load_policy(ours).observations("g|model|pass|rejected") == 2
    assert {n for n in names() if n.startswith(SECOND)} == {
        f"g|model|{check}|{verdict}" for check in ("pass", "gap") for verdict in
        ("approved", "rejected")
    }  # fmt: skip


Opinion = tuple[float, float]


@lru_cache
def simulated(opinion: Opinion | None) -> tuple[float, Statistics]:
    """Mean net reward of 120 projects of people whom the rules fit, and what was learnt."""
    player, world = Planned(VetoPolicy()), World(replace(world_named("A"), opinion=opinion), 1)
    nets = [run_project(player, world, number).net for number in range(120)]
    return float(np.mean(nets)), player.statistics


@pytest.mark.parametrize(
    ("opinion", "believed"), [(USEFUL, True), (USELESS, False), (MISLEADING, False)]
)
def test_the_bandit_learns_how_far_to_trust_it(opinion: Opinion, believed: bool) -> None:
    alone, _ = simulated(None)
    net, learnt = simulated(opinion)
    apart = learnt.mean("g|model|pass|rejected") - learnt.mean("g|model|pass|approved")
    assert (apart > 0.15) is believed
    assert net > alone if believed else net > alone - 0.1
