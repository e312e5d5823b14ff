"""What generators were worth on other tables: exact counts, and beliefs in closed form."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthcraft.graph.errors import GuardError, InputError
from synthcraft.graph.records import Flags
from synthcraft.tools.counts import LARGEST, MICRO, Counts, add_counts
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.generators.early_rung import choose_with_rung
from synthcraft.tools.generators.quality import (
    NOISE,
    SPREAD,
    QualityModel,
    quality_keys,
    quality_problem,
    read_counts,
)
from synthcraft.tools.generators.selection import (
    choose,
)
from tests.generator_arms import CONTEXTS, KEYS, NAMES, arm, learnt, rng, runs, search

counts = st.dictionaries(
    st.sampled_from(KEYS),
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(lambda it: (max(it), min(it))),
    max_size=6,
)


@given(counts, counts, counts)
def test_merging_is_commutative_and_associative_with_an_identity(
    a: Counts, b: Counts, c: Counts
) -> None:
    assert add_counts(a, b) == add_counts(b, a)
    assert add_counts(add_counts(a, b), c) == add_counts(a, add_counts(b, c))
    assert add_counts(a, {}) == a == add_counts({}, a)
    assert quality_problem(add_counts(a, b), NAMES) == ""


@given(runs, st.randoms(), st.integers(0, 25))
def test_what_two_sites_learnt_adds_up_to_what_one_would_have_learnt(
    observations: list[tuple[str, Flags, float]], random: Any, cut: int
) -> None:
    shuffled = list(observations)
    random.shuffle(shuffled)
    here, there = learnt(shuffled[:cut]), learnt(shuffled[cut:])
    both = here.with_counts(there.counts)
    assert both.counts == learnt(observations).counts
    assert both.believed(CONTEXTS[5]) == learnt(observations).believed(CONTEXTS[5])


@given(counts)
def test_counts_survive_json_and_only_known_names_come_back(a: Counts) -> None:
    assert read_counts(json.loads(json.dumps(a)), NAMES) == a


@pytest.mark.parametrize(
    "bad",
    [
        {"q|cart|small0|wide0|imbalanced2": [1, 1]},
        {"q|carta|small0|wide0|imbalanced0": [1, 1]},
        {"age": [1, 1]},
        {KEYS[0]: [1, 2]},
        {KEYS[0]: [-1, -1]},
        {KEYS[0]: [1, -1]},
        {KEYS[0]: [LARGEST + 1, 0]},
        {KEYS[0]: [math.nan, 0]},
        {KEYS[0]: [math.inf, 0]},
        {KEYS[0]: [1.0, 0]},
        {KEYS[0]: [1]},
        {KEYS[0]: [True, False]},
        {KEYS[0]: "11"},
        [KEYS[0]],
        None,
    ],
)
def test_what_cannot_have_been_counted_is_refused(bad: Any) -> None:
    with pytest.raises(InputError):
        read_counts(bad, NAMES)


@pytest.mark.parametrize("quality", [math.nan, math.inf, -math.inf, -0.01, 1.01])
def test_a_quality_that_is_none_teaches_nothing(quality: float) -> None:
    with pytest.raises(GuardError, match="cart"):
        QualityModel.of_catalogue().observed("cart", Flags(), quality)


def test_an_unknown_generator_is_refused_everywhere() -> None:
    model = QualityModel.of_catalogue()
    with pytest.raises(GuardError, match="gpt"):
        model.observed("gpt", Flags(), 0.5)
    for rule in (choose, choose_with_rung):
        with pytest.raises(GuardError, match="gpt"):
            rule(search([arm("cart"), arm("gpt")]), model, rng())


def test_names_hold_nothing_but_the_catalogue_and_flags() -> None:
    assert len(KEYS) == 8 * len(NAMES)
    (key,) = QualityModel.of_catalogue().observed("cart", Flags(wide=True, expert=True), 0.25)
    assert key == "q|cart|small0|wide1|imbalanced0"
    assert quality_problem({key: (MICRO, MICRO // 4)}, NAMES) == ""


@settings(max_examples=40)
@given(runs)
def test_the_posterior_is_the_ridge_solution(
    observations: list[tuple[str, Flags, float]],
) -> None:
    """Rows stacked under the prior as weighted pseudo-rows, solved by least squares."""
    model, name = learnt(observations), NAMES[0]
    own = [(f, round(q, 6)) for n, f, q in observations if n == name]
    x = np.array([[1.0, f.small, f.wide, f.imbalanced] for f, _ in own]).reshape(-1, 4)
    y = np.array([q for _, q in own])
    rows = np.vstack([x / NOISE, np.diag(1 / np.array(SPREAD))])
    values = np.concatenate([y / NOISE, np.array(catalogue()[name].prior) / SPREAD])
    weights, *_ = np.linalg.lstsq(rows, values, rcond=None)
    covariance = np.linalg.pinv(rows) @ np.linalg.pinv(rows).T
    for flags in CONTEXTS:
        point = np.array([1.0, flags.small, flags.wide, flags.imbalanced])
        belief = model.believed(flags)[name]
        assert belief.mean == pytest.approx(point @ weights, abs=1e-8)
        assert belief.sd == pytest.approx(math.sqrt(point @ covariance @ point), rel=1e-6)
        assert belief.runs == pytest.approx(len(own))


def test_without_runs_the_belief_is_the_catalogue() -> None:
    beliefs = QualityModel.of_catalogue().believed(Flags(small=True))
    for name, spec in catalogue().items():
        assert beliefs[name].mean == pytest.approx(spec.prior[0] + spec.prior[1], abs=1e-12)
        assert beliefs[name].sd == pytest.approx(math.hypot(SPREAD[0], SPREAD[1]))


def test_many_runs_outweigh_the_catalogue_where_they_were_made() -> None:
    model = learnt([("cart", Flags(wide=True), 0.3)] * 50)
    assert model.believed(Flags(wide=True))["cart"].mean == pytest.approx(0.3, abs=0.01)
    assert model.believed(Flags())["cart"].mean > 0.4
    assert model.believed(Flags(wide=True))["arf"].mean == pytest.approx(0.7)


def test_the_largest_counts_still_give_a_posterior() -> None:
    most = dict.fromkeys(quality_keys(["cart"]), (LARGEST, LARGEST // 4))
    model = QualityModel.of_catalogue(most)
    belief = model.believed(Flags(small=True, wide=True, imbalanced=True))["cart"]
    assert belief.mean == pytest.approx(0.25, abs=1e-6)
    assert 0 < belief.sd < 1e-3
    assert all(map(math.isfinite, model.draw(Flags(), rng()).values()))


def test_draws_follow_the_posterior_and_a_width_of_0_gives_its_means() -> None:
    model, flags = learnt([("cart", Flags(), 0.6), ("cart", Flags(wide=True), 0.4)]), Flags()
    belief, source = model.believed(flags)["cart"], rng(3)
    drawn = [model.draw(flags, source)["cart"] for _ in range(3000)]
    assert np.mean(drawn) == pytest.approx(belief.mean, abs=5 * belief.sd / math.sqrt(3000))
    assert np.std(drawn) == pytest.approx(belief.sd, rel=0.07)
    assert model.draw(flags, rng(), 0.0)["cart"] == pytest.approx(belief.mean)
