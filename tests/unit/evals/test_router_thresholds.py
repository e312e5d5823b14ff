"""Thresholds of the specification: T9 and T10 in the kept results, T11 simulated anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthcraft.evals import router_bench
from synthcraft.evals.router_bench import RouterResults
from synthcraft.evals.router_page import NAME
from synthcraft.evals.simulators.players import Planned, Player
from synthcraft.evals.simulators.run import run_project
from synthcraft.evals.simulators.world import Floats, World
from synthcraft.evals.simulators.worlds import world_named
from synthcraft.graph.bandit import VetoPolicy

LEAST_GAPS = {
    "A": {
        "fixed": 0.35,
        "checklist": 0.20,
        "ask_always": 5.0,
        "emulated_llm_coordinator": 4.3,
        "beta_ts": 0.45,
        "feedbal": 3.3,
        "rules": -0.10,
        "oracle": -0.25,
    },
    "B": {"rules": 0.25, "fixed": 0.25},
}
"""World -> policy -> by how much the default must at least be ahead (T9, T10)."""


@pytest.fixture(scope="module")
def kept() -> RouterResults:
    """The results on file."""
    source = Path(router_bench.__file__).parent / f"{NAME}.json"
    return RouterResults.model_validate_json(source.read_bytes())


@pytest.mark.parametrize(("world", "other"), [(w, o) for w in LEAST_GAPS for o in LEAST_GAPS[w]])
def test_the_default_is_ahead_by_what_the_specification_asks(
    kept: RouterResults, world: str, other: str
) -> None:
    outcomes = kept.worlds[world]
    assert outcomes["veto"].net - outcomes[other].net >= LEAST_GAPS[world][other]


def nets(player: Player, place: World, projects: range) -> Floats:
    """Net reward of each project."""
    return np.array([run_project(player, place, number).net for number in projects])


@pytest.mark.slow
def test_regret_against_the_best_of_its_class_shrinks() -> None:
    """T11: the same model, frozen after 800 other projects, is what learning can reach."""
    regrets = []
    for seed in range(8):
        place = World(world_named("B"), seed)
        teacher = Planned(VetoPolicy())
        nets(teacher, place, range(1000, 1800))
        best = Planned(VetoPolicy(tau=0.0), teacher.statistics)
        best.learns = False
        projects = range(300)
        regrets.append(nets(best, place, projects) - nets(Planned(VetoPolicy()), place, projects))
    regret = np.mean(regrets, axis=0)
    assert regret[150:].mean() <= 0.6 * regret[:50].mean()
    total = np.cumsum(regret)
    places = np.arange(30, 301)
    slope = np.polyfit(np.log(places), np.log(np.maximum(total[places - 1], 1e-9)), 1)[0]
    assert slope < 0.75
