"""The shortlist keeps to the request, the budget and the privacy tier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.graph.records import Flags, GeneratorPlan, Plan
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.propose import SAFETY, propose


def plans(
    plan: Plan, flags: Flags | None = None, seed: int = 0, **more: Any
) -> tuple[GeneratorPlan, ...]:
    settings = {"rows": 2046, "columns": 7, "run_seed": 1, "minutes_left": 30.0} | more
    return propose(plan, flags or Flags(), rng=np.random.default_rng(seed), **settings)


def test_requested_generators_are_exactly_the_proposal() -> None:
    asked = ("CTGAN", "bayesian network")
    found = plans(Plan(requested=asked), minutes_left=0.01)
    assert [p.generator for p in found] == ["ctgan", "bayesian_network"]
    assert [p.id for p in found] == ["ctgan-1", "bayesian_network-1"]
    with pytest.raises(NotFoundError):
        plans(Plan(requested=("nothing like it",)))
    with pytest.raises(InputError, match="dgl"):
        plans(Plan(requested=("goggle",)))


@pytest.mark.parametrize("minutes", [0.0, 0.1, 1.0, 5.0, 30.0, 500.0])
def test_proposal_fits_the_time_that_is_left(minutes: float) -> None:
    for seed in range(20):
        found = plans(Plan(), seed=seed, minutes_left=minutes)
        assert SAFETY * sum(p.seconds for p in found) <= minutes * 60
        assert len(found) <= 3
        if minutes >= 5:
            assert len(found) >= 2


def test_groups_come_before_second_members() -> None:
    for seed in range(20):
        found = plans(Plan(), seed=seed, minutes_left=500)
        assert {p.group for p in found} == {"gen_fast", "gen_gan", "gen_diffusion"}


@pytest.mark.parametrize(
    ("plan", "flags"),
    [(Plan(use_case="privacy"), Flags()), (Plan(), Flags(privacy="strict"))],
)
def test_strict_privacy_admits_the_dp_class_only(plan: Plan, flags: Flags) -> None:
    for seed in range(20):
        found = plans(plan, flags, seed, minutes_left=500)
        assert {p.generator for p in found} == {"aim"}
        assert all("epsilon" in p.params for p in found)


def test_engines_of_a_task_come_for_that_task_alone() -> None:
    def seen(plan: Plan) -> set[str]:
        return {
            find(p.generator).task for s in range(30) for p in plans(plan, seed=s, minutes_left=900)
        }

    assert seen(Plan()) == {"any"}
    assert seen(Plan(task="survival", target="died", time_column="days")) == {"any", "survival"}


def test_development_needs_no_deep_engine() -> None:
    found = {p.generator for p in plans(Plan(use_case="development"))}
    assert found == {"marginal_distributions", "bayesian_network"}


def test_excluded_generators_never_come() -> None:
    for seed in range(20):
        found = plans(Plan(excluded=("CART", "arf")), seed=seed)
        assert not {"cart", "arf"} & {p.generator for p in found}


def test_parameters_are_complete_and_carry_epsilon_and_overrides() -> None:
    plan = Plan(
        requested=("aim", "ctgan"),
        epsilon=3.0,
        preset="quick",
        overrides={"CTGAN": {"n_iter": 33}},
    )
    aim, ctgan = plans(plan)
    assert aim.params == find("aim").presets["quick"] | {"epsilon": 3.0}
    assert ctgan.params == find("ctgan").presets["quick"] | {"n_iter": 33}
    assert aim.claim_level == "formal mechanism, domain from data"
    with pytest.raises(InputError):
        plans(plan.model_copy(update={"epsilon": 101.0}))


def test_seeds_depend_on_run_name_and_round_and_not_on_the_order() -> None:
    one, two = plans(Plan(requested=("ctgan", "cart")))
    two_again, one_again = plans(Plan(requested=("cart", "ctgan")), seed=9)
    assert (one, two) == (one_again, two_again)
    others = [
        *plans(Plan(requested=("ctgan",)), run_seed=2),
        *plans(Plan(requested=("ctgan",)), round_number=2),
    ]
    assert len({one.seed, two.seed, *(p.seed for p in others)}) == 4
    assert others[1].id == "ctgan-2"


def test_same_draw_same_proposal_and_draws_differ() -> None:
    assert plans(Plan(), seed=3) == plans(Plan(), seed=3)
    assert len({tuple(p.generator for p in plans(Plan(), seed=s)) for s in range(20)}) > 1


def test_context_moves_the_choice() -> None:
    plain, imbalanced = Flags(), Flags(imbalanced=True, small=True)

    def share(flags: Flags) -> float:
        hits = [plans(Plan(), flags, s, minutes_left=500) for s in range(60)]
        return float(np.mean([any(p.generator == "ctgan" for p in found) for found in hits]))

    assert share(imbalanced) < share(plain)
