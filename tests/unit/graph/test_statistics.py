from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.graph.approval import sampled
from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import EPISODES, action_named, catalog_hash
from synthcraft.graph.policy_file import PolicyFileWarning, load_policy, merge_into
from synthcraft.graph.records import Flags
from synthcraft.graph.statistics import (
    CAP,
    Statistics,
    counts_problem,
    fade,
    priors,
    success_key,
    veto_name,
    with_wider,
)
from synthcraft.tools.counts import MICRO, Counts, add_counts, micro

KEYS = sorted(priors())
VETO = "k|evaluation|privacy_metrics|ind"
counts = st.dictionaries(
    st.sampled_from([k for k in KEYS if not k.startswith("R|")]),
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    max_size=6,
)


@given(counts, counts, counts)
def test_merging_is_commutative_and_associative_with_an_identity(
    a: Counts, b: Counts, c: Counts
) -> None:
    assert add_counts(a, b) == add_counts(b, a)
    assert add_counts(add_counts(a, b), c) == add_counts(a, add_counts(b, c))
    assert add_counts(a, {}) == a == add_counts({}, a)
    assert counts_problem(add_counts(a, b)) == ""


@given(st.lists(st.floats(0, 1), max_size=30), st.randoms())
def test_counts_do_not_depend_on_the_order_of_fractional_updates(
    parts: list[float], random: object
) -> None:
    def total(shares: list[float]) -> Counts:
        result: Counts = {}
        for share in shares:
            result = add_counts(result, {VETO: micro(share, 1 - share)})
        return result

    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(parts) == total(shuffled)


@given(counts, counts)
def test_a_pinned_snapshot_reads_back_as_it_was(a: Counts, b: Counts) -> None:
    before = Statistics(a, b, gamma=0.25)
    assert Statistics.from_json(json.loads(json.dumps(before.to_json()))) == before


def test_priors_are_those_of_the_specification() -> None:
    statistics = Statistics()
    assert statistics.mean(VETO) == pytest.approx(0.60)
    assert sum(statistics.beta(VETO)) == pytest.approx(2)  # there 5; why 2: VETO_PRIOR
    assert statistics.mean("k|intake|duplicates|non") == pytest.approx(0.12)
    assert statistics.mean("b|intent") == pytest.approx(0.93)
    assert statistics.mean("e|generation") == pytest.approx(0.05)
    assert statistics.mean("s|generation|gen_gan|named0|small1") == pytest.approx(0.35)
    assert statistics.mean("s|generation|gen_gan|named1|small1") == pytest.approx(0.85)
    assert statistics.mean("R|intake|0") == pytest.approx(0.5)
    assert statistics.mean("R|intake|1") == pytest.approx(0.3)


def test_every_situation_has_a_name_in_the_closed_set() -> None:
    for flags in (Flags(), Flags(small=True, wide=True, ambiguous=False, low_budget=True)):
        for episode in EPISODES.values():
            for action in episode.actions:
                assert {success_key(action, flags, named) for named in (True, False)} <= set(KEYS)
    fast = action_named("generation", "gen_fast")
    key = success_key(fast, Flags(small=True), False)
    assert key == "s|generation|gen_fast|named0|small1"


def test_earlier_projects_weigh_less_than_this_one_where_gamma_says_so() -> None:
    ten = {VETO: (10 * MICRO, 0)}
    earlier, now = Statistics(installation=ten, gamma=0.5), Statistics(session=ten)
    assert earlier.beta(VETO) == pytest.approx((1.2 + 5, 0.8))
    assert now.beta(VETO) == pytest.approx((1.2 + 10, 0.8))
    assert earlier.observations(VETO) == now.observations(VETO) == 10


def test_a_veto_of_one_privacy_tier_starts_from_what_all_tiers_taught() -> None:
    flags = Flags(privacy="moderate")
    key = veto_name("generation", "privacy_guarantee", "non", flags)
    assert key == "k|generation|privacy_guarantee|non|moderate"
    assert veto_name("generation", "privacy_guarantee", "want", flags).endswith("want")
    assert veto_name("generation", "fit_quality", "ind", flags).endswith("ind")
    other = "k|generation|privacy_guarantee|non|none"
    learnt = with_wider({other: micro(0, 15)})
    assert learnt == {other: micro(0, 15), "k|generation|privacy_guarantee|non": micro(0, 15)}
    after = Statistics(session=learnt)
    pooled = after.mean("k|generation|privacy_guarantee|non")
    assert pooled == pytest.approx(0.12 * 2 / 17)
    assert after.mean(key) == pytest.approx(pooled)
    assert sum(after.beta(key)) == pytest.approx(8)
    assert after.mean(other) == pytest.approx(pooled * 8 / 23)


def test_a_return_is_a_mean_of_what_followed() -> None:
    statistics = Statistics(session={"R|intake|0": micro(4, -4)})
    assert statistics.mean("R|intake|0") == pytest.approx((2 - 4) / (4 + 4))
    assert statistics.observations("R|intake|0") == 4


def test_adding_counts_leaves_the_old_statistics_alone() -> None:
    old = Statistics()
    new = old.with_counts({VETO: (MICRO, 0)})
    assert old.observations(VETO) == 0 and new.observations(VETO) == 1
    assert new.without_counts() == old


@pytest.mark.parametrize(
    "bad",
    [
        {"k|evaluation|age|ind": (1, 1)},
        {VETO: (-1, 0)},
        {VETO: (0, -1)},
        {"R|intake|0": (MICRO, 2 * MICRO)},
        {"R|intake|0": (MICRO, -3 * MICRO)},
    ],
)
def test_impossible_counts_are_named(bad: Counts) -> None:
    assert counts_problem(bad)


@pytest.fixture
def longer_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The table with one more action, first in its episode."""
    intake = EPISODES["intake"]
    extra = Action(name="aa_new", episode="intake", agent="profiler", covers=("schema",))
    longer = intake.model_copy(update={"actions": (extra, *intake.actions)})
    caches = (priors, catalog_hash)
    monkeypatch.setitem(EPISODES, "intake", longer)
    for cache in caches:
        cache.cache_clear()
    yield
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


BEFORE = dict(priors())
PICK = sampled(Statistics(), (7, 0, 0, 0, 0), 0.3)
DRAWN = {key: PICK(key) for key in KEYS if not key.startswith("R|")}


@pytest.mark.usefixtures("longer_table")
def test_a_new_action_changes_no_other_statistic_and_no_other_draw() -> None:
    added = priors().keys() - BEFORE.keys()
    assert added == {"s|intake|aa_new|named0", "s|intake|aa_new|named1"}
    assert {key: priors()[key] for key in BEFORE} == BEFORE
    pick = sampled(Statistics(), (7, 0, 0, 0, 0), 0.3)
    assert {key: pick(key) for key in DRAWN} == DRAWN


def test_counts_learnt_with_another_table_are_taken_over_where_names_remain(
    tmp_path: object, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "policy.json"  # type: ignore[operator]
    merge_into(path, {VETO: (MICRO, 0)})
    original = path.read_bytes()
    request.getfixturevalue("longer_table")
    with pytest.warns(PolicyFileWarning, match="another table"):
        assert load_policy(path).observations(VETO) == 1
    with pytest.warns(PolicyFileWarning):
        merge_into(path, {"s|intake|aa_new|named0": (MICRO, 0)})
    merged = load_policy(path)
    assert merged.observations(VETO) == merged.observations("s|intake|aa_new|named0") == 1
    assert path.with_name("policy.json.bad-1").read_bytes() == original


def test_draws_follow_the_posterior_and_narrow_with_tau() -> None:
    statistics = Statistics(session={VETO: micro(6, 14)})
    wide = [sampled(statistics, (s, 0, 3, 0, 0), 1.0)(VETO) for s in range(600)]
    narrow = [sampled(statistics, (s, 0, 3, 0, 0), 0.3)(VETO) for s in range(600)]
    a, b = statistics.beta(VETO)
    sd = np.sqrt(a * b / (a + b) ** 2 / (a + b + 1))
    assert np.mean(wide) == pytest.approx(a / (a + b), abs=5 * sd / np.sqrt(600))
    assert np.std(wide) == pytest.approx(sd, rel=0.15)
    assert np.std(narrow) == pytest.approx(0.3 * sd, rel=0.2)
    assert sampled(statistics, (0, 0, 3, 0, 0), 0.0)(VETO) == statistics.mean(VETO)


@given(st.sampled_from(KEYS), st.integers(0, 10**15), st.floats(0, 1))
def test_the_memory_weighs_at_most_its_cap_and_keeps_its_mean(
    key: str, number: int, share: float
) -> None:
    first = int(number * share)
    pair = (number, first) if key.startswith("R|") else (first, number - first)
    free, capped = Statistics({key: pair}, cap=math.inf), Statistics({key: pair})
    prior = priors()[key]
    weights = [
        (s.beta(key)[0] - prior[0]) + (0 if key.startswith("R|") else s.beta(key)[1] - prior[1])
        for s in (free, capped)
    ]
    assert weights[1] == pytest.approx(min(weights[0], CAP), rel=1e-6, abs=1e-6)
    toward = sorted((Statistics().mean(key), free.mean(key)))
    assert toward[0] - 1e-9 <= capped.mean(key) <= toward[1] + 1e-9


def test_the_project_at_hand_always_has_a_say() -> None:
    for_ever = {VETO: (0, 10**15)}
    before = Statistics(for_ever)
    after = before.with_counts({VETO: micro(1, 0)})
    assert after.mean(VETO) - before.mean(VETO) > 0.009
    assert Statistics(session=for_ever).mean(VETO) < 1e-6  # its own counts are never capped


def test_without_data_the_cap_changes_nothing() -> None:
    for key in KEYS:
        assert Statistics().beta(key) == Statistics(cap=math.inf).beta(key) == priors()[key]
        assert Statistics({key: (0, 0)}).beta(key) == priors()[key]


def test_a_snapshot_of_before_the_cap_is_read_as_it_was_used() -> None:
    old = {"gamma": 0.5, "installation": {VETO: [10**9, 0]}, "session": {}}
    assert Statistics.from_json(old).beta(VETO) == pytest.approx((501.2, 0.8))
    assert Statistics.from_json(old).to_json() | {"prior_version": ""} == old | {
        "prior_version": ""
    }


@given(counts, st.floats(0, 1))
def test_a_faded_count_is_still_possible(a: Counts, share: float) -> None:
    faded = fade(a, share)
    assert counts_problem(faded) == ""
    assert all(abs(x) <= abs(y) for k in a for x, y in zip(faded[k], a[k], strict=True))
    assert fade(a, 1.0) == a
