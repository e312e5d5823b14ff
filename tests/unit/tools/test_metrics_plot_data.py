"""What the evaluation leaves for figures: the right numbers, and none of a few people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from synthcraft.graph.records import Task
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.plot_data import plot_data
from synthcraft.tools.privacy.membership import findings
from synthcraft.tools.report.plot_data import joined
from synthcraft.tools.table_schema import Column, TableSchema

METRICS = ("fidelity.association", "utility.calibration_slope", "utility.rmse",
           "privacy.membership")  # fmt: skip


def context(frame: pd.DataFrame, task: Task, holdout: int = 240) -> EvalContext:
    """Real rows of sklearn's tables; the synthetic table repeats training rows."""
    columns = [Column(name=n, kind="numeric", dtype="float64") for n in frame]
    if task == "classification":
        columns[-1] = Column(name="target", kind="binary", dtype="int64", categories=(0, 1))
    schema = TableSchema(columns=tuple(columns))
    frame = frame.sample(frac=1, random_state=0).reset_index(drop=True)
    train = frame.iloc[holdout:].reset_index(drop=True)
    return EvalContext(train, train.iloc[:0], frame.iloc[:holdout].reset_index(drop=True), train,
                       schema, target="target", task=task, bootstrap=20)  # fmt: skip


def measured(*ids: str, value: float | None = 1.0, message: str = "") -> list[Result]:
    return [Result(metric_id=i, family="x", value=value, message=message) for i in ids]


@pytest.fixture(scope="module")
def cancer() -> EvalContext:
    data = load_breast_cancer(as_frame=True).frame
    return context(data[["mean radius", "mean texture", "mean area", "target"]], "classification")


@pytest.fixture(scope="module")
def found(cancer: EvalContext) -> dict[str, Any]:
    return plot_data(cancer, measured(*METRICS))


def test_pairs_of_a_repeated_table_do_not_differ(
    cancer: EvalContext, found: dict[str, Any]
) -> None:
    rows = found["associations"]
    assert len(rows) == 6 and all(row["difference"] == 0 for row in rows)
    ranks = cancer.train[["mean radius", "mean area"]].corr("spearman").iloc[0, 1]
    pair = next(r for r in rows if {r["first"], r["second"]} == {"mean radius", "mean area"})
    assert pair["real"] == pytest.approx(ranks, abs=1e-4)


def test_a_pair_with_few_complete_rows_is_withheld(cancer: EvalContext) -> None:
    sparse = cancer.synthetic.assign(**{"mean area": cancer.synthetic["mean area"].where(
        np.arange(len(cancer.synthetic)) < 9)})  # fmt: skip
    rows = plot_data(cancer.with_synthetic(sparse), measured("fidelity.association"))
    hidden = [r for r in rows["associations"] if "mean area" in (r["first"], r["second"])]
    assert hidden and all(r["synthetic"] is None and r["difference"] is None for r in hidden)


def test_bins_hold_ten_people_of_either_outcome(found: dict[str, Any]) -> None:
    bins = [row for row in found["calibration"] if row["kind"] == "bin"]
    assert {row["source"] for row in bins} == {"real", "synthetic"}
    for row in bins:
        events = row["people"] * row["observed"]
        assert row["people"] % 5 == 0 and row["people"] >= 20
        assert min(events, row["people"] - events) > 7  # ten, before the rounding to five
        assert row["low"] <= row["observed"] <= row["high"]
    curve = [row for row in found["calibration"] if row["kind"] == "curve"]
    assert curve and all("people" not in row for row in curve)


def test_ten_people_stand_between_two_points_of_an_attack(
    cancer: EvalContext, found: dict[str, Any]
) -> None:
    rows = [row for row in found["roc"] if row["among"] == "everybody"]
    best = max(findings(cancer)[0], key=lambda f: f.auc.value)
    assert rows[0]["auc"] == pytest.approx(best.auc.value, abs=1e-4) and best.auc.value > 0.95
    members, outsiders = best.sizes
    alarms = [row["false_alarms"] * outsiders for row in rows]
    assert min(np.diff([0.0, *alarms])) >= 7.5  # ten, before the rounding to five
    assert alarms[0] > 9.9 and alarms[-1] < outsiders - 7.4
    # everybody is found, and that is shown as all but ten
    assert {row["hits"] for row in rows} == {round((members - 10) / members, 4)}


def test_too_few_unusual_people_are_withheld_and_that_is_said(found: dict[str, Any]) -> None:
    assert not [row for row in found["roc"] if row["among"] == "most unusual"]
    assert "most unusual" in joined([found]).missing["roc"]


def test_a_number_is_shown_by_bins_alone() -> None:
    ctx = context(load_diabetes(as_frame=True).frame[["bmi", "bp", "s5", "target"]], "regression")
    rows = plot_data(ctx, measured("utility.rmse"))["calibration"]
    assert len(rows) == 20 and all(row["people"] >= 20 for row in rows)
    weighted = [r["observed"] for r in rows if r["source"] == "real"]
    assert np.mean(weighted) == pytest.approx(ctx.holdout["target"].mean(), abs=0.5)


def test_what_was_not_measured_gives_its_reason(cancer: EvalContext) -> None:
    assert plot_data(cancer, []) == {}
    lost = plot_data(cancer, measured("privacy.membership", value=None, message="No holdout."))
    assert lost == {"missing": {"roc": "No holdout."}}


def test_people_whom_the_maker_may_have_seen_are_not_drawn() -> None:
    data = load_breast_cancer(as_frame=True).frame[["mean radius", "mean texture", "target"]]
    ctx = context(data, "classification")
    ctx.holdout_seen = "The holdout may have been seen."
    out = plot_data(ctx, measured("utility.calibration_slope", "fidelity.association"))
    assert out["missing"] == {"calibration": "The holdout may have been seen."}
    assert out["associations"] and "calibration" not in out


def test_a_figure_that_fails_costs_nothing_but_itself(cancer: EvalContext) -> None:
    broken = cancer.with_synthetic(cancer.synthetic)
    broken.target = "no such column"
    out = plot_data(broken, measured("utility.calibration_slope", "fidelity.association"))
    assert "E_METRIC_KEYERROR" in out["missing"]["calibration"] and out["associations"]
