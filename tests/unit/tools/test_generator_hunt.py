"""The search carried out: it ends, keeps to the budget, and says what it ran and dropped."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from synthcraft.graph.records import Flags
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.early_rung import RUNG
from synthcraft.tools.generators.hunt import Found, hunt, shortened
from synthcraft.tools.generators.quality import QualityModel
from synthcraft.tools.generators.search import Arm, Search, Trial

TRUE = {"cart": 0.9, "ctgan": 0.6, "nflow": 0.2}
MINUTES = {"cart": 0.1, "ctgan": 8.0, "nflow": 5.0}
PLAIN = "heuristic, no guarantee"


def found(
    minutes: float,
    *,
    broken: tuple[str, ...] = (),
    strategy: str = "auto",
    short_runs: bool = True,
) -> Found:
    arms = tuple(Arm(name=n, minutes=m, claim_level=PLAIN) for n, m in MINUTES.items())

    async def run(name: str, share: float) -> Trial:
        quality = None if name in broken else TRUE[name]
        return Trial(generator=name, minutes=share * MINUTES[name], quality=quality, share=share)

    search = Search(flags=Flags(), minutes=minutes, arms=arms)
    model, rng = QualityModel.of_catalogue(), np.random.default_rng(3)
    return asyncio.run(hunt(search, model, rng, run, strategy, short_runs))  # type: ignore[arg-type]


def test_the_best_is_found_for_less_than_running_all() -> None:
    done = found(30)
    assert done.best == "cart"
    assert done.minutes < sum(MINUTES.values())
    assert not done.trail[-1].chosen and done.trail[-1].why


def test_where_short_runs_save_nothing_only_whole_ones_are_made() -> None:
    assert {t.share for t in found(30).search.trials} == {RUNG, 1}
    assert {t.share for t in found(30, short_runs=False).search.trials} == {1}


def test_all_engines_are_counted_as_they_took_else_as_predicted() -> None:
    done = found(1)
    assert done.minutes_of_all == pytest.approx(sum(MINUTES.values()))
    assert done.minutes < done.minutes_of_all


def test_what_does_not_fit_is_dropped_with_a_reason_and_never_run() -> None:
    done = found(1)
    assert {t.generator for t in done.search.trials} == {"cart"}
    assert set(done.trail[0].dropped) == {"ctgan", "nflow"}
    assert all("minutes" in why or "time" in why for why in done.trail[0].dropped.values())


def test_a_generator_that_gives_nothing_is_followed_by_another() -> None:
    done = found(30, broken=("cart",))
    assert done.best in {"ctgan", "nflow"}
    assert any(t.generator == "cart" and t.quality is None for t in done.search.trials)


def test_nothing_works_and_the_search_still_ends() -> None:
    assert found(60, broken=tuple(TRUE)).best is None


def test_halving_spends_short_runs_before_a_whole_one() -> None:
    done = found(60, strategy="halving")
    assert next(t.share for t in done.search.trials) < 1
    assert done.best == "cart"


@pytest.mark.parametrize(("name", "rows"), [("ctgan", 2000), ("cart", 300)])
def test_a_short_run_has_fewer_passes_or_else_fewer_rows(name: str, rows: int) -> None:
    spec = find(name)
    params = spec.presets["standard"]
    short, kept = shortened(spec, params, 2000, 0.15)
    assert kept == rows
    assert short.get("n_iter", 0) == round(0.15 * params.get("n_iter", 0))
    assert short.get("n_iter_min", 0) <= short.get("n_iter", 0)
    assert shortened(spec, params, 2000, 1) == (params, 2000)
