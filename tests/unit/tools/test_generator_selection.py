"""The choice of generators: exact evidence, a closed-form posterior, masks that always hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from synthcraft.graph.records import Flags
from synthcraft.tools.generators.budget import SAFETY
from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.generators.early_rung import RUNG, SHORTLIST, choose_with_rung
from synthcraft.tools.generators.halving import RUNGS, halve
from synthcraft.tools.generators.quality import (
    QualityModel,
)
from synthcraft.tools.generators.search import PRIVACY_CLASS, Search, Selection
from synthcraft.tools.generators.selection import (
    AT_MOST,
    SCATTER,
    SPARE,
    WORTH,
    choose,
    expected_improvement,
)
from tests.generator_arms import CONTEXTS, LEVELS, NAMES, arm, learnt, ran, rng, search

# The choice


@pytest.mark.parametrize(
    ("mean", "sd", "best"), [(0.7, 0.1, 0.6), (0.6, 0.1, 0.7), (0.5, 0.04, 0.8), (0.8, 0.15, 0.0)]
)
def test_expected_improvement_is_the_mean_of_what_is_gained(
    mean: float, sd: float, best: float
) -> None:
    gains = np.maximum(rng(1).normal(mean, sd, 400_000) - best, 0)
    error = 5 * gains.std() / math.sqrt(len(gains)) + 1e-9
    assert expected_improvement(mean, sd, best) == pytest.approx(gains.mean(), abs=error)


@given(st.floats(0, 1), st.floats(0.01, 0.5), st.floats(0, 1), st.floats(0, 0.2))
def test_expected_improvement_grows_with_hope_and_doubt_and_never_falls_below_0(
    mean: float, sd: float, best: float, more: float
) -> None:
    gain = expected_improvement(mean, sd, best)
    assert gain >= 0
    assert expected_improvement(mean + more, sd, best) >= gain - 1e-12
    assert expected_improvement(mean, sd + more, best) >= gain - 1e-12
    assert expected_improvement(mean, sd, best + more) <= gain + 1e-12


def random_search(source: np.random.Generator) -> Search:
    """Any state a search can be in: bars, claim levels, runs of any share, failures."""
    names = source.permutation(NAMES)[: source.integers(1, len(NAMES) + 1)]
    arms = [
        arm(
            str(name),
            float(source.uniform(0, 40)),
            claim_level=LEVELS[source.integers(len(LEVELS))],
            barred="it is not installed" if source.random() < 0.1 else "",
            early=float(source.uniform(0.3, 1)),
        )
        for name in names
    ]
    trials = [
        ran(
            str(name),
            None if source.random() < 0.3 else float(source.random()),
            float(source.uniform(0, 20)),
            float(source.choice([RUNG, RUNGS[0][0], RUNGS[1][0], 1.0])),
        )
        for name in source.choice(names, source.integers(0, 5))
    ]
    asked = LEVELS[source.integers(len(LEVELS))]
    minutes = float(source.choice([0.0, 5.0, 25.0, 60.0, 150.0]))
    flags = CONTEXTS[source.integers(8)]
    return search(arms, minutes, *trials, asked=asked).model_copy(update={"flags": flags})


@pytest.mark.parametrize("rule", [choose, choose_with_rung, lambda s, model, rng: halve(s)])
def test_no_mask_is_ever_broken(rule: Any) -> None:
    source, model, chosen = rng(7), QualityModel.of_catalogue(), 0
    for _ in range(400):
        state = random_search(source)
        selection = rule(state, model, source)
        by_name = {a.name: a for a in state.arms}
        open_now = {s.generator for s in selection.standings} | set(selection.chosen)
        assert not open_now & selection.dropped.keys()
        assert selection.why
        chosen += len(selection.chosen)
        cost = 0.0
        for name in selection.chosen:
            own = by_name[name]
            assert not own.barred
            assert PRIVACY_CLASS[own.claim_level] >= PRIVACY_CLASS[state.asked]
            assert not [t for t in state.trials if t.generator == name and t.quality is None]
            assert not [t for t in state.whole if t.generator == name]
            cost += SAFETY * own.minutes * selection.share
        assert cost <= max(state.left, 0) + 1e-9
    assert chosen > 100


def test_everything_dropped_says_why() -> None:
    arms = [
        arm("cart"),
        arm("arf", 50),
        arm("ddpm", barred="it is not installed"),
        arm("tvae"),
        arm("ctgan"),
        arm("aim", claim_level="formal mechanism, domain from data"),
        arm("pategan", claim_level="nominal, contradicted by code or audit"),
    ]
    strict = search(arms, 60, asked="formal mechanism, domain from data")
    dropped = choose(strict, QualityModel.of_catalogue(), rng()).dropped
    assert set(dropped) == {a.name for a in arms} - {"aim"}
    assert dropped["ddpm"] == "it is not installed"
    assert "nominal" in dropped["pategan"] and "formal mechanism" in dropped["pategan"]
    later = search(arms, 60, ran("tvae", None), ran("ctgan", 0.1, 4.9))
    dropped = choose(later, QualityModel.of_catalogue(), rng()).dropped
    assert dropped.keys() == {"arf", "ddpm", "tvae", "ctgan"}
    assert "no result" in dropped["tvae"] and "already" in dropped["ctgan"]
    assert (
        "50.0 minutes" in dropped["arf"] and "57.5" in dropped["arf"] and "50.1" in dropped["arf"]
    )


@pytest.mark.parametrize("rule", [choose, choose_with_rung])
def test_the_same_numbers_give_the_same_choice_and_others_vary(rule: Any) -> None:
    model, state = QualityModel.of_catalogue(), search([arm(name) for name in NAMES])
    assert rule(state, model, rng(4)) == rule(state, model, rng(4))
    assert len({rule(state, model, rng(seed)).chosen for seed in range(30)}) > 1


def test_a_mask_does_not_shift_the_draws_of_the_others() -> None:
    model = QualityModel.of_catalogue()
    arms = [arm(name) for name in NAMES]
    barred = [a if a.name != "arf" else a.model_copy(update={"barred": "no"}) for a in arms]
    free, masked = (choose(search(a), model, rng(5)).standings for a in (arms, barred))
    assert [s for s in free if s.generator != "arf"] == list(masked)


def test_the_first_run_is_the_highest_draw_and_the_record_says_so() -> None:
    model, state = learnt([("cart", Flags(), 0.8)] * 3), search([arm("cart"), arm("tvae")])
    draws = model.draw(state.flags, rng(2))
    first = choose(state, model, rng(2))
    assert first.rule == "thompson" and first.number == 1 and first.share == 1
    assert first.chosen == (max(("cart", "tvae"), key=lambda name: draws[name]),)
    assert [s.value for s in first.standings] == sorted((draws["cart"], draws["tvae"]))[::-1]
    assert [s.generator for s in first.alternatives] == [
        name for name in ("cart", "tvae") if name not in first.chosen
    ]
    assert first.chosen[0] in first.why
    own = next(s for s in first.standings if s.generator == "cart")
    assert own.runs == 3 and own.sd == pytest.approx(
        math.hypot(model.believed(Flags())["cart"].sd, SCATTER)
    )
    assert Selection.model_validate_json(first.model_dump_json()) == first


def test_later_runs_take_the_highest_expected_improvement_without_a_draw() -> None:
    model = QualityModel.of_catalogue()
    state = search([arm("cart"), arm("tvae"), arm("arf")], 60, ran("cart", 0.7))
    source = rng(1)
    second = choose(state, model, source)
    assert source.random() == rng(1).random()
    assert second.rule == "expected_improvement" and second.chosen == ("arf",)
    belief = model.believed(Flags())["arf"]
    gain = expected_improvement(belief.mean, math.hypot(belief.sd, SCATTER), 0.7)
    assert second.standings[0].value == pytest.approx(gain)


@pytest.mark.parametrize("slack", [0.98, 1.02])
def test_the_search_stops_where_the_gain_is_not_worth_its_minutes(slack: float) -> None:
    model = QualityModel.of_catalogue()
    belief = model.believed(Flags())["tvae"]
    gain = expected_improvement(belief.mean, math.hypot(belief.sd, SCATTER), 0.8)
    minutes = slack * gain / (WORTH * SAFETY)
    state = search([arm("cart"), arm("tvae", minutes)], 1000, ran("cart", 0.8))
    selection = choose(state, model, rng())
    assert (selection.chosen == ("tvae",)) is (slack < 1)
    if slack > 1:
        assert selection.why.startswith("No further run") and selection.standings


def test_three_whole_runs_are_the_limit_and_failures_count() -> None:
    arms = [arm(name) for name in ("cart", "arf", "tvae", "ctgan", "ddpm")]
    outcomes = [ran("cart", None), ran("arf", None), ran("tvae", 0.1)]
    model = QualityModel.of_catalogue()
    assert choose(search(arms, 600, *outcomes[:2]), model, rng()).chosen
    assert len(outcomes) == AT_MOST
    assert not choose(search(arms, 600, *outcomes), model, rng()).chosen


def test_when_nothing_has_worked_any_result_is_a_gain() -> None:
    for minutes in (50, 5000):
        state = search([arm("cart"), arm("pategan", minutes)], 10_000, ran("cart", None))
        selection = choose(state, QualityModel.of_catalogue(), rng())
        assert selection.chosen == ("pategan",) and state.best == 0


def test_a_first_run_has_time_to_spare_where_any_has() -> None:
    model = QualityModel.of_catalogue()
    tight, roomy = arm("cart", 20), arm("pategan", 5)
    minutes = 20 * SAFETY * (1 + SPARE) / 2
    for seed in range(10):
        selection = choose(search([tight, roomy], minutes), model, rng(seed))
        assert selection.chosen == ("pategan",) and "spare" in selection.dropped["cart"]
    assert choose(search([tight], minutes), model, rng()).chosen == ("cart",)
    assert "cart" in {
        choose(search([tight, roomy], minutes), model, rng(s), 1.0).chosen[0] for s in range(10)
    }
    later = search([tight, roomy], minutes + 1, ran("pategan", 0.1, 1.0))
    assert choose(later, model, rng()).chosen == ("cart",)


def test_equals_go_to_the_cheaper() -> None:
    model = QualityModel(dict.fromkeys(("a", "b", "c"), (0.6, 0.0, 0.0, 0.0)))
    state = search([arm("a", 5), arm("b", 4), arm("c")], 60, ran("c", 0.5))
    assert choose(state, model, rng()).chosen == ("b",)


# Short runs


def test_the_rung_needs_an_ample_budget() -> None:
    model, arms = QualityModel.of_catalogue(), [arm("cart", 10), arm("tvae", 10), arm("arf", 10)]
    enough = 3 * 10 * SAFETY
    assert choose_with_rung(search(arms, enough), model, rng()).rule == "thompson"
    rung = choose_with_rung(search(arms, enough + 0.1), model, rng())
    assert rung.rule == "early_rung" and rung.share == RUNG
    assert set(rung.chosen) == {"cart", "tvae", "arf"}
    alone = search([arm("cart", 1)], 1000)
    assert choose_with_rung(alone, model, rng()).rule == "thompson"


def test_the_rung_leaves_room_for_a_whole_run_of_each() -> None:
    model = QualityModel.of_catalogue()
    arms = [arm("cart", 1), arm("tvae", 40), arm("arf", 40), arm("ddpm", 40)]
    fits = SAFETY * (RUNG * 121 + 40)
    assert choose_with_rung(search(arms, fits + 0.1), model, rng()).rule == "early_rung"
    assert choose_with_rung(search(arms, fits - 0.1), model, rng()).rule == "thompson"
    many = [arm(name, 1) for name in NAMES]
    assert len(choose_with_rung(search(many), model, rng()).chosen) == SHORTLIST


def test_short_runs_move_the_belief_but_are_no_results() -> None:
    model, arms = QualityModel.of_catalogue(), [arm("cart", early=0.5), arm("tvae", early=0.5)]
    seen = [ran("cart", 0.2, 1, RUNG), ran("tvae", 0.45, 1, RUNG)]
    selection = choose_with_rung(search(arms, 60, *seen), model, rng())
    assert selection.chosen == ("tvae",)
    foretold = {s.generator: s for s in selection.standings}
    assert 0.4 < foretold["cart"].mean < 0.5 and foretold["cart"].sd < 0.05
    assert foretold["tvae"].mean > 0.8
    assert search(arms, 60, *seen).best == 0


def test_halving_runs_all_then_fewer_then_the_best() -> None:
    qualities = {name: 0.1 * place for place, name in enumerate(NAMES[:5])}
    state, shares = search([arm(name) for name in NAMES[:5]], 1000), []
    while (selection := halve(state)).chosen:
        shares.append((selection.share, len(selection.chosen)))
        assert set(selection.dropped) | {s.generator for s in selection.standings} == set(NAMES[:5])
        last = selection
        done = [ran(n, qualities[n], selection.share, selection.share) for n in selection.chosen]
        state = state.model_copy(update={"trials": (*state.trials, *done)})
    assert shares == [(0.1, 5), (0.3, 2), (1.0, 1)]
    assert state.whole[0].generator == NAMES[4]
    assert last.chosen == (NAMES[4],) and set(last.dropped) == set(NAMES[:4])
    assert "behind" in last.dropped[NAMES[0]] and "10%" in last.dropped[NAMES[0]]
    assert "30%" in last.dropped[NAMES[3]]


def test_halving_goes_on_to_the_next_after_a_failure_and_ends_without_any() -> None:
    names = NAMES[:3]
    short = [ran(n, 0.5 + 0.1 * i, 0.5, 0.1) for i, n in enumerate(names)]
    longer = [ran(n, 0.5, 0.5, 0.3) for n in names[1:]]
    arms = [arm(name) for name in names]
    state = search(arms, 1000, *short, *longer)
    first = halve(state).chosen
    assert len(first) == 1 and first[0] in names[1:]
    failed = state.model_copy(update={"trials": (*state.trials, ran(first[0], None))})
    assert not set(halve(failed).chosen) & set(first)
    assert not halve(search(arms, 0.0)).chosen


def test_halving_leaves_out_the_dearest_where_the_plan_does_not_fit() -> None:
    selection = halve(search([arm("cart", 1), arm("arf", 1), arm("ddpm", 50)], 60))
    assert set(selection.chosen) == {"cart", "arf"}
    assert "fit" in selection.dropped["ddpm"]


@pytest.mark.parametrize(
    "bad",
    [
        lambda: arm("cart", math.nan),
        lambda: arm("cart", math.inf),
        lambda: arm("cart", -1),
        lambda: arm("cart", claim_level="certain"),
        lambda: arm("cart", early=0.0),
        lambda: ran("cart", math.nan),
        lambda: ran("cart", 1.1),
        lambda: ran("cart", 0.5, share=0.0),
        lambda: search([arm("cart")], math.inf),
        lambda: search([arm("cart"), arm("cart")]),
        lambda: search([arm("cart")], 60, ran("arf", 0.5)),
    ],
)
def test_impossible_searches_cannot_be_written_down(bad: Any) -> None:
    with pytest.raises(ValidationError):
        bad()


def test_every_claim_level_of_the_catalogue_has_a_class() -> None:
    assert {spec.claim_level for spec in catalogue().values()} <= PRIVACY_CLASS.keys()
    for spec in catalogue().values():
        assert (PRIVACY_CLASS[spec.claim_level] > 0) is (spec.group == "gen_dp")
