"""The evaluation benchmark: its tables are what it says, and it measures what is really run."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.evals.bench_evaluation import exponent
from synthcraft.evals.evaluation_cost import FAMILIES, MATCHED, WHOLE, apart, ours, synthcity
from synthcraft.evals.evaluation_tables import KNOWN, TARGET, enlarged, survey
from synthcraft.graph.errors import NotFoundError
from synthcraft.ui.commands.demo_data import source_file, write_table


@pytest.fixture(scope="module")
def adults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return write_table(source_file(), tmp_path_factory.mktemp("adults"))
    except NotFoundError as error:
        pytest.skip(str(error))


def test_survey_compares_real_people_with_others(adults: Path) -> None:
    ctx = survey(adults, 900, 7)
    parts = (ctx.train, ctx.validation, ctx.holdout)
    assert sum(map(len, parts)) == 900
    assert {frame.shape[1] for frame in (*parts, ctx.synthetic)} == {7}
    assert {*KNOWN, TARGET} <= set(ctx.train.columns)
    assert len(ctx.synthetic) == len(ctx.train)
    assert not ctx.synthetic.isna().any().any()
    joined = pd.concat([ctx.train, ctx.synthetic]).duplicated().mean()
    assert joined < 0.05


def test_larger_tables_have_the_size_types_and_relations_of_the_survey(adults: Path) -> None:
    ctx, people = enlarged(adults, 9_000, 12), survey(adults, 2_900, 8)
    assert len(ctx.train) + len(ctx.validation) + len(ctx.holdout) == 9_000
    assert ctx.train.shape[1] == ctx.synthetic.shape[1] == 12
    assert ctx.train["age"].dtype == people.train["age"].dtype
    same = len(ctx.synthetic.merge(ctx.train.drop_duplicates())) / len(ctx.synthetic)
    assert same < 0.01
    for table in (ctx.train, ctx.synthetic):
        assert table[TARGET].value_counts(normalize=True).max() < 0.98
        assert table["age"].astype(float).corr(table["bmi"]) == pytest.approx(
            people.train["age"].astype(float).corr(people.train["bmi"]), abs=0.06
        )


def test_every_family_is_measured_without_errors_in_another_process(adults: Path) -> None:
    cost = apart(ours, adults, (600, 7), False)
    assert set(cost.families) == set(FAMILIES)
    assert cost.seconds == pytest.approx(sum(cost.families.values()))
    assert min(cost.families.values()) > 0
    assert cost.numbers > 100 and cost.failed == 0
    assert 50 < cost.peak_mb < 4_000
    assert apart(os.getpid) != os.getpid()


_TRAINED = ("mlp", "detection_mlp", "DomiasMIA_BNAF", "DomiasMIA_KDE")
"""Networks that train for minutes, and one that few rows of categories make singular."""


def test_whole_families_hold_what_is_matched() -> None:
    assert set(WHOLE) == set(MATCHED)
    for family, names in MATCHED.items():
        assert set(names) < set(WHOLE[family])


@pytest.mark.slow
def test_every_metric_of_synthcity_that_is_compared_returns_a_number(
    adults: Path, tmp_path: Path
) -> None:
    cheap = {family: [n for n in names if n not in _TRAINED] for family, names in WHOLE.items()}
    cost = apart(synthcity, adults, (700, 7), tmp_path, cheap)
    assert cost.numbers > 25 and cost.failed == 0


def test_one_thread_is_asked_of_the_other_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert apart(os.getenv, "OMP_NUM_THREADS") == "1"
    assert os.environ["OMP_NUM_THREADS"] == "5"


def test_the_exponent_is_the_power_of_the_rows() -> None:
    assert exponent((1_000, 9), (10_000, 9), 2.0, 200.0) == pytest.approx(2)
    assert exponent((1_000, 9), (3_000, 9), 1.0, 3.0) == pytest.approx(1)
