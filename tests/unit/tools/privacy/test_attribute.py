"""Attribute inference: what is guessed, how sure one can be, and what is said when it is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.privacy.attribute import _accuracies, _ratio
from synthcraft.tools.privacy.excess import Excess, judged, shares
from synthcraft.tools.privacy.guesses import guesses, sought
from synthcraft.tools.privacy.patterns import patterns, targets
from synthcraft.tools.privacy.space import order
from synthcraft.tools.stats.proportions import difference

Parts = Callable[..., EvalContext]


def inferred(ctx: EvalContext) -> list[Result]:
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == "privacy.attribute_inference"]
    return run_metric(spec, ctx, default_thresholds("sharing")[spec.id])


def test_a_copied_table_reveals_what_it_holds(made: Parts) -> None:
    ctx = made(sensitive=("dose", "site"), quasi_identifiers=("age", "seen", "sex"))
    own, *columns = inferred(replace(ctx, synthetic=ctx.train))
    assert own.status == "fail" and own.value > 0.8
    assert {r.column for r in columns} == {"dose", "site"}
    assert all(r.value > 0.8 and r.ci_low > 0.7 for r in columns)


def test_fresh_rows_reveal_no_more_of_training_people(made: Parts) -> None:
    values = [inferred(made(seed=seed, sensitive=("site",)))[0].value for seed in range(1, 9)]
    assert abs(float(np.mean(values))) < 0.04


def test_a_failure_of_any_column_is_the_metrics_own(made: Parts) -> None:
    """A rare outcome has the larger estimate and says nothing; the certain leak decides."""
    ctx = made(rows=900, holdout=500)
    rare = np.arange(900) < 20
    train = ctx.train.assign(ill=pd.Series(rare, dtype="boolean"))
    holdout = ctx.holdout.assign(ill=pd.Series(np.arange(500) < 15, dtype="boolean"))
    leak = replace(
        ctx, train=train, holdout=holdout, synthetic=train.assign(ill=False),
        sensitive=("ill", "dose"), quasi_identifiers=("age", "seen"),
    )  # fmt: skip
    own = inferred(leak)[0]
    assert own.status == "fail" and "Largest for dose" in own.message


def test_the_nearest_pattern_guesses_mode_and_median(made: Parts) -> None:
    ctx = made(rows=300)
    known = tuple(c for c in ctx.columns if c.name in {"sex", "site"})
    found = patterns(ctx, known)
    rows = ctx.synthetic.iloc[order(ctx)].assign(pattern=found.synthetic)
    groups = rows.groupby(["sex", "site"], dropna=False)["pattern"]
    assert (groups.nunique() == 1).all() and groups.ngroups == rows["pattern"].nunique()
    dose = guesses(ctx, ctx.schema["dose"], known)["nearest row"]
    expected = rows.groupby("pattern")["dose"].median()
    assert dose == pytest.approx(expected.loc[found.nearest].to_numpy())
    ill = guesses(ctx, ctx.schema["ill"], known)["nearest row"]
    share = rows.groupby("pattern")["ill"].mean().loc[found.nearest].to_numpy(dtype=float)
    codes = sought(ctx, ctx.schema["ill"]).synthetic
    code_of_ill = codes[rows["ill"].to_numpy(dtype=bool)][0]
    clear = np.abs(share - 0.5) > 1e-9
    assert ((ill == code_of_ill) == (share > 0.5))[clear].all()
    real = pd.concat([ctx.train, ctx.holdout], ignore_index=True).iloc[targets(ctx).places]
    met = rows.drop_duplicates("pattern").set_index("pattern").loc[found.nearest]
    seen = real["site"].notna().to_numpy()
    assert (met["site"].to_numpy()[seen] == real["site"].to_numpy()[seen]).all()


@pytest.mark.parametrize(
    ("column", "guess", "right"),
    [("dose", 1.09, True), ("dose", 1.11, False), ("dose", 0.91, True), ("dose", 0.89, False)],
)
def test_a_number_counts_within_ten_percent(
    made: Parts, column: str, guess: float, right: bool
) -> None:
    ctx = made()
    values = sought(ctx, ctx.schema[column])
    assert bool(values.right(values.targets * guess).all()) is right


def test_a_date_counts_within_a_tenth_of_their_spread(made: Parts) -> None:
    ctx = made()
    values = sought(ctx, ctx.schema["seen"])
    assert values.right(values.targets + 80).all()  # the middle 90 % span 810 days
    assert not values.right(values.targets + 90).any()


def test_resampling_people_is_multinomial() -> None:
    rng = np.random.default_rng(0)
    right = np.column_stack([rng.random(80) < 0.7, rng.random(80) < 0.4])
    right[:30, 1] = right[:30, 0]
    fast = _accuracies(right, 20_000, np.random.default_rng(1))
    slow = np.array([right[rng.integers(0, 80, 80)].mean(0) for _ in range(20_000)])
    assert fast.mean(0) == pytest.approx(right.mean(0), abs=0.002)
    assert np.cov(fast.T) == pytest.approx(np.cov(slow.T), rel=0.06)


def test_the_ratio_is_open_where_nothing_is_left_to_infer() -> None:
    assert np.isnan(_ratio(np.array([1.0]), np.array([1.0]))).all()
    assert _ratio(np.array([0.8]), np.array([0.5])) == pytest.approx(0.6)


def test_a_column_that_everybody_can_infer_is_not_assessed(made: Parts) -> None:
    ctx = made(sensitive=("ill",))
    same = {
        n: getattr(ctx, n).assign(ill=pd.Series(getattr(ctx, n)["sex"] == "f", dtype="boolean"))
        for n in ("train", "holdout", "synthetic")
    }
    own = inferred(replace(ctx, **same))[0]
    assert own.status == "not_assessed" and "hard to guess" in own.message


@pytest.mark.parametrize(
    ("train", "holdout", "n", "status"),
    [
        (0.30, 0.30, 4000, "pass"),
        (0.34, 0.30, 400, "refer"),  # the upper bound is over the limit
        (0.42, 0.30, 4000, "fail"),
        (0.38, 0.30, 9000, "fail"),  # under 0.09, yet proven over 0.05
        (0.42, 0.30, 60, "refer"),  # over 0.09, but chance explains it
    ],
)
def test_excess_is_judged(train: float, holdout: float, n: int, status: str) -> None:
    (own,) = judged([shares(train, n, holdout, n)])
    rule = default_thresholds("sharing")["privacy.linkage"]
    assert rule.judge(own) == status


def test_many_parts_share_the_error() -> None:
    def part(tries: int) -> Excess:
        return Excess(
            0.12, lambda level: difference(0.42, 330, 0.30, 330, level), 0.037, "", tries=tries
        )

    rule = default_thresholds("sharing")["privacy.linkage"]
    assert rule.judge(judged([part(1)])[0]) == "fail"
    assert rule.judge(judged([part(40)])[0]) == "refer"


def test_a_limit_that_a_person_set_is_the_one_that_counts() -> None:
    rule = default_thresholds("sharing")["privacy.linkage"]
    (own,) = judged([shares(0.38, 9000, 0.30, 9000)])
    assert rule.judge(own) == "fail"
    assert rule.with_limit(0.10).judge(own) == "pass"
