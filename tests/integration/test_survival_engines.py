"""The engines of survival on a small mixed table, through the real worker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.generators.catalogue import catalogue
from synthcraft.tools.jobs import JobResult
from synthcraft.tools.schema_inference import canonical
from tests.integration.conftest import Engines

ROWS, WANTED = 150, 90
FEW_PASSES = {"n_iter": 10, "n_iter_min": 1, "n_iter_print": 10}
ENGINES: dict[str, dict[str, Any]] = {
    "survival_nflow": FEW_PASSES | {"encoder_max_clusters": 3},
    "survival_gan": FEW_PASSES | {"encoder_max_clusters": 3},
    "survival_ctgan": FEW_PASSES | {"encoder_max_clusters": 3},
    "survae": FEW_PASSES | {"data_encoder_max_clusters": 3},
}
QUICKEST = "survival_nflow"


def cohort(weeks: int = 400, **columns: Any) -> pd.DataFrame:
    """Mixed types with missing values, whole weeks of follow-up and an event of a third."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 90, ROWS),
            "bmi": np.where(rng.random(ROWS) < 0.2, np.nan, rng.normal(28, 5, ROWS).round(1)),
            "sex": rng.choice(["f", "m"], ROWS),
            "weeks": rng.integers(1, weeks, ROWS),
            "died": np.where(rng.random(ROWS) < 0.35, "yes", "no"),
        }
    )
    return canonical(frame.assign(**columns))


class Bench:
    """Runs the engines on cohorts."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines

    def run(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        kind: str = "generate",
        seed: int = 4,
        **params: Any,
    ) -> JobResult:
        """The job `generate`, or `pilot`, of one engine on a cohort."""
        settings = {
            "generator": name,
            "params": ENGINES[name],
            "rows": WANTED,
            "where": {},
            "follow_up": {"time": "weeks", "event": "died"},
        } | params
        return self.engines.job(kind, settings, frame, seed)

    def made(self, name: str, frame: pd.DataFrame, **params: Any) -> pd.DataFrame:
        """What an engine made; it must have worked."""
        return self.engines.made(self.run(name, frame, **params))


@pytest.fixture
def bench(engines: Engines) -> Bench:
    return Bench(engines)


def check_form(real: pd.DataFrame, made: pd.DataFrame) -> None:
    assert len(made) == WANTED
    assert list(made.dtypes.items()) == list(real.dtypes.items())
    assert made["weeks"].between(real["weeks"].min(), real["weeks"].max()).all()
    assert set(made["died"]) <= {"yes", "no"} and not made["died"].isna().any()


@pytest.mark.parametrize(
    "name", [QUICKEST, *(pytest.param(n, marks=pytest.mark.slow) for n in ENGINES if n != QUICKEST)]
)
def test_engine_keeps_the_form_and_the_times_above_zero(bench: Bench, name: str) -> None:
    real = cohort()
    made = bench.made(name, real)
    check_form(real, made)
    pd.testing.assert_frame_equal(bench.made(name, real, sample_seed=4), made)  # computed anew
    assert not bench.made(name, real, seed=5).equals(made)


def test_times_of_few_values_are_learnt(bench: Bench) -> None:
    real = cohort(weeks=6)
    assert real["weeks"].nunique() == 5
    check_form(real, bench.made(QUICKEST, real))


@pytest.mark.slow
def test_a_pilot_predicts_an_engine_of_survival(bench: Bench) -> None:
    params = ENGINES[QUICKEST] | {"n_iter": 500, "n_iter_min": 100, "n_iter_print": 50}
    result = bench.run(QUICKEST, cohort(), kind="pilot", params=params)
    assert result.status == "ok", result.message
    assert result.info["seconds"] > 0 and "passes" in result.info["basis"]


@pytest.mark.parametrize(
    ("frame", "more", "code", "words"),
    [
        (cohort(), {"follow_up": None}, "E_TIME_ABSENT", "--task survival"),
        (cohort(weeks=2), {}, "E_TIME", "the same"),
        (cohort(weeks=5)[["weeks", "died"]], {}, "E_NOTHING", "other columns"),
        (cohort().assign(weeks=lambda t: t["weeks"] - 1), {}, "E_TIME", "zero"),
        (cohort(died="no"), {}, "E_EVENT", "event"),
        (cohort(died="no").assign(died=lambda t: t["died"].mask(t.index < 3, "yes")), {},
         "E_TARGET_RARE", "fewer than 10"),
    ],
)  # fmt: skip
def test_what_is_no_survival_table_is_refused_in_words(
    bench: Bench, frame: pd.DataFrame, more: dict[str, Any], code: str, words: str
) -> None:
    result = bench.run(QUICKEST, frame, **more)
    assert (result.status, result.code) == ("failed", code), result.message
    assert words in result.message


def test_every_engine_of_survival_is_tried_here() -> None:
    offered = {s.name for s in catalogue().values() if s.task == "survival" and s.available}
    assert offered == set(ENGINES)
