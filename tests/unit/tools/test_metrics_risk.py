"""U1, U2, U4: what predicted risks and numbers are worth, and defects that must show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.metrics import average_precision_score, brier_score_loss

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.risk import risks
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.schema_inference import canonical, infer_schema


def people(n: int, seed: int, **told: float) -> pd.DataFrame:
    """An event that depends on three of four columns; `base` moves its log odds."""
    rng = np.random.default_rng(seed)
    age, bmi, noise = (rng.normal(size=n) for _ in range(3))
    smoker = rng.random(n) < 0.3
    risk = told.get("base", -1.5) + told.get("strength", 1.0) * (1.2 * age + 0.5 * bmi + smoker)
    ill = rng.random(n) < 1 / (1 + np.exp(-risk))
    return canonical(
        pd.DataFrame({"age": age, "bmi": bmi, "noise": noise,
                      "smoker": np.where(smoker, "yes", "no"), "ill": ill.astype(int)})
    )  # fmt: skip


def context(**changes: Any) -> EvalContext:
    train = people(1500, 1)
    plain = EvalContext(
        train, train.iloc[:0], people(1000, 2), people(1500, 3), infer_schema(train),
        target="ill", task="classification", seed=4, bootstrap=200,
    )  # fmt: skip
    return replace(plain, **changes)


def run(ctx: EvalContext, family: str = "utility") -> dict[str, Result]:
    results, _ = evaluate(ctx, (family,), default_thresholds("sharing"))
    assert not [r.metric_id for r in results if r.status == "error"]
    return {r.metric_id: r for r in results if r.column is None and r.group is None}


@pytest.fixture(scope="module")
def fresh() -> dict[str, Result]:
    return run(context())


def value(result: Result) -> float:
    assert result.value is not None
    return result.value


U2 = ("auprc", "brier", "observed_expected", "calibration_in_the_large", "calibration_slope",
      "net_benefit")  # fmt: skip


def test_fresh_rows_of_the_same_people_pass(fresh: dict[str, Result]) -> None:
    assert {fresh[f"utility.{name}"].status for name in U2} == {"pass"}
    assert fresh["utility.feature_ranking"].status == "pass"
    for name in U2:
        row = fresh[f"utility.{name}"]
        assert row.ci_low is not None and row.ci_low <= value(row) <= (row.ci_high or 0)


def test_training_rows_lose_nothing_and_noise_loses_more_and_more(fresh: dict[str, Result]) -> None:
    plain = context()
    same = run(plain.with_synthetic(plain.train))
    assert same["utility.feature_ranking"].value == 1
    for name in ("auprc", "brier", "observed_expected", "calibration_slope", "net_benefit"):
        row = same[f"utility.{name}"]
        assert row.value == row.anchors["A1"], name
    rng, losses = np.random.default_rng(5), []
    wrong = pd.array(rng.permutation(plain.synthetic["ill"]), dtype="Int64")
    for share in (0.0, 0.5, 1.0):
        mixed = plain.synthetic["ill"].where(rng.random(1500) >= share, wrong)
        found = run(plain.with_synthetic(plain.synthetic.assign(ill=mixed)))
        losses.append([value(found["utility.brier"]), -value(found["utility.auprc"]),
                       -value(found["utility.net_benefit"])])  # fmt: skip
    # half the noise shrinks risks but hardly changes their order
    assert (np.diff(losses, axis=0) > -0.005).all()
    assert (np.subtract(losses[2], losses[0]) > 0.03).all()


def test_numbers_agree_with_sklearn(fresh: dict[str, Result]) -> None:
    known = risks(context())
    precision = average_precision_score(known.event, known.synthetic)
    assert value(fresh["utility.auprc"]) == pytest.approx(precision)
    brier = brier_score_loss(known.event, known.synthetic)
    assert value(fresh["utility.brier"]) == pytest.approx(brier)
    ratio = known.event.sum() / known.synthetic.sum()
    assert value(fresh["utility.observed_expected"]) == pytest.approx(ratio)


def test_twice_the_prevalence_is_invisible_to_auc_but_not_to_calibration(
    fresh: dict[str, Result],
) -> None:
    """The paper's DDPM: 7.4 % of events where 4.2 % were real."""
    found = run(context(synthetic=people(1500, 3, base=-0.4)))
    assert found["utility.tstr_linear"].status == "pass"
    assert value(found["utility.observed_expected"]) < 0.8
    assert value(found["utility.calibration_in_the_large"]) < -0.5
    assert found["utility.calibration_in_the_large"].status == "fail"
    assert found["utility.brier"].status != "pass"
    assert value(found["utility.brier"]) > value(fresh["utility.brier"])


def test_exaggerated_effects_are_overconfident() -> None:
    found = run(context(synthetic=people(1500, 3, strength=2.5)))
    assert value(found["utility.calibration_slope"]) < 0.6
    assert found["utility.calibration_slope"].status == "fail"


def test_lost_effects_lose_precision_benefit_and_the_ranking() -> None:
    found = run(context(synthetic=people(1500, 3, strength=-0.5)))
    for name in ("auprc", "net_benefit", "feature_ranking", "tstr_linear"):
        assert found[f"utility.{name}"].status != "pass", name
    row = found["utility.feature_ranking"]
    assert value(row) < (row.anchors["A2"] or 0) <= 1 == row.anchors["A1"]


def test_the_stated_threshold_is_the_one_that_is_used(fresh: dict[str, Result]) -> None:
    assert "none was stated" in fresh["utility.net_benefit"].message
    stated = run(context(risk_threshold=0.6))["utility.net_benefit"]
    assert "0.600 on (as stated)" in stated.message
    assert value(stated) < value(fresh["utility.net_benefit"])
    wrong = run(context(risk_threshold=1.0))["utility.net_benefit"]
    assert wrong.status == "not_assessed" and "between 0 and 1" in wrong.message


def test_one_class_in_the_holdout_is_said_and_nothing_is_an_error() -> None:
    ctx = context()
    ctx = replace(ctx, holdout=ctx.holdout.assign(ill=pd.array([0] * 1000, dtype="Int64")))
    found = run(ctx)
    for name in U2:
        row = found[f"utility.{name}"]
        assert row.status == "not_assessed" and "one class only" in row.message


@pytest.mark.parametrize("seed", [8, 9, 10])
def test_few_events_refer_and_do_not_fail_by_chance(seed: int) -> None:
    held = people(120, seed, base=-3.5)
    assert 3 <= int((held["ill"] == 1).sum()) < 20
    ctx = context(train=people(1500, 1, base=-3.5), synthetic=people(1500, 3, base=-3.5))
    found = run(replace(ctx, holdout=held, bootstrap=100))
    for name in ("observed_expected", "calibration_slope", "calibration_in_the_large", "brier"):
        assert found[f"utility.{name}"].status != "fail", name
    widths = [found[f"utility.{n}"] for n in ("observed_expected", "auprc")]
    assert all((r.ci_high or 0) - (r.ci_low or 0) > 0.3 for r in widths)


def diabetes() -> pd.DataFrame:
    return canonical(load_diabetes(as_frame=True, scaled=False).frame)


def test_a_numeric_target_has_its_error_in_both_units() -> None:
    table = diabetes()
    order = np.random.default_rng(1).permutation(len(table))
    train, held = table.iloc[order[:300]], table.iloc[order[300:]]
    ctx = EvalContext(
        train, train.iloc[:0], held, train, infer_schema(table), target="target",
        task="regression", seed=1, bootstrap=100,
    )  # fmt: skip
    found = run(ctx)
    row = found["utility.rmse"]
    assert row.status == "pass" and row.anchors["A0"] == pytest.approx(1, abs=0.1)
    predicted = value(row) * float(train["target"].std(ddof=0))
    assert f"{predicted:.4g}" in row.message
    assert 0.5 < value(row) < 0.85 and found["utility.auprc"].status == "not_assessed"
    rng = np.random.default_rng(2)
    lost = train.assign(target=rng.permutation(train["target"]))
    assert run(ctx.with_synthetic(lost))["utility.rmse"].status == "fail"


def lived(n: int, seed: int, effect: float = 0.06) -> pd.DataFrame:
    """Times until death or the end of the study; risk rises with age."""
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 10, n)
    death = rng.exponential(20 * np.exp(-effect * (age - 60)))
    end = rng.uniform(5, 30, n)
    frame = {"age": age.round(1), "sex": rng.choice(["f", "m"], n)}
    months = np.maximum(np.minimum(death, end).round(1), 0.1)
    return canonical(pd.DataFrame({**frame, "months": months, "died": (death <= end).astype(int)}))


def test_survival_is_judged_by_concordance() -> None:
    train = lived(700, 1)
    ctx = EvalContext(
        train, train.iloc[:0], lived(400, 2), lived(700, 3), infer_schema(train),
        target="died", task="survival", time_column="months", seed=1, bootstrap=200,
    )  # fmt: skip
    found = run(ctx)
    order, lost = (found[f"utility.{n}"] for n in ("concordance", "delta_concordance"))
    assert order.status == "pass" and 0.6 < value(order) < 0.75
    assert order.anchors["A0"] == 0.5 and lost.anchors["A1"] == 0
    assert found["utility.tstr_linear"].status == "not_assessed"
    reversed_effect = run(ctx.with_synthetic(lived(700, 3, effect=-0.06)))
    assert value(reversed_effect["utility.concordance"]) < 0.4
    assert reversed_effect["utility.delta_concordance"].status == "fail"
    untimed = run(replace(ctx, time_column=None))["utility.concordance"]
    assert untimed.status == "not_assessed" and "no time" in untimed.message
    few = run(replace(ctx, holdout=ctx.holdout.assign(died=pd.array([0] * 400, dtype="Int64"))))
    assert few["utility.concordance"].status == "suppressed"
