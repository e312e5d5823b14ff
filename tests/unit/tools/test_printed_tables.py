"""Tables and curves that an evaluation leaves beside its metrics."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.kaplan_meier import survival_curves, survival_share
from synthcraft.tools.metrics.plot_data import plot_data
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.gallery import Material, gallery, tables
from synthcraft.tools.report.plot_data import PlotData
from synthcraft.tools.report.survival_curves import survival_curves as drawn
from synthcraft.tools.schema_inference import canonical, infer_schema


def rossi() -> pd.DataFrame:
    from lifelines.datasets import load_rossi

    return canonical(load_rossi())


def context(frame: pd.DataFrame, task: str, target: str, time: str | None = None) -> EvalContext:
    half = len(frame) // 2
    train, holdout = (p.reset_index(drop=True) for p in (frame.iloc[:half], frame.iloc[half:]))
    made = frame.sample(half, replace=True, random_state=2).reset_index(drop=True)
    return EvalContext(
        train, train.iloc[:0], holdout, made, infer_schema(frame), target=target,
        task=task, time_column=time, seed=1,  # type: ignore[arg-type]
    )  # fmt: skip


def measured(*names: str) -> list[Result]:
    return [Result(metric_id=name, family="utility") for name in names]


def test_the_curve_is_that_of_lifelines() -> None:
    from lifelines import KaplanMeierFitter

    frame = rossi()
    time, event = frame["week"].to_numpy(float), frame["arrest"].to_numpy(bool)
    at = np.array([0.0, 1.0, 7.5, 20.0, 52.0, 60.0])
    known = KaplanMeierFitter().fit(time, event).survival_function_at_times(at)
    assert survival_share(time, event, at) == pytest.approx(known.to_numpy())


def test_ten_events_lie_between_two_times_and_ten_people_outlive_them() -> None:
    ctx = context(rossi(), "survival", "arrest", "week")
    rows = survival_curves(ctx)["survival"]
    times = [row["time"] for row in rows if row["source"] == "real"]
    week = ctx.train.loc[ctx.train["arrest"] == 1, "week"].to_numpy(float)
    assert len(times) > 3
    for before, after in pairwise(times):
        assert ((week > before) & (week <= after)).sum() >= 10
    assert (ctx.train["week"] > times[-1]).sum() >= 10
    few = ctx.train.assign(arrest=(ctx.train.index < 9).astype(int))
    ctx.train = few
    assert "missing" in survival_curves(ctx)


def test_a_survival_evaluation_leaves_curves_and_tables() -> None:
    ctx = context(rossi(), "survival", "arrest", "week")
    data = plot_data(ctx, measured("inference.ci_overlap", "utility.concordance"))
    assert [t["name"] for t in data["tables"]] == ["table2", "table3"]
    assert "Real HR (95 % CI)" in data["tables"][1]["header"]
    picture = drawn({"a": PlotData.model_validate(data), "b": PlotData.model_validate(data)})
    assert isinstance(picture, Picture) and picture.svg.startswith("<?xml")
    assert {row["curve"] for row in picture.rows} == {"real", "a", "b"}


def test_every_file_has_its_twins_and_the_real_model_one() -> None:
    frame = rossi().drop(columns="week")
    ctx = context(frame, "classification", "arrest")
    data = PlotData.model_validate(plot_data(ctx, measured("inference.ci_overlap")))
    both = {"a": data, "b/c": data}
    found = gallery(Material(results=[], sections=[], names=list(both), plot_data=both))
    twins = tables([found["inference_tables"]])
    assert set(twins) == {
        "tables/table2_a.csv", "tables/table3_a.csv", "tables/table2_b_c.csv",
        "tables/table3_b_c.csv", "tables/discrimination_real.csv",
    }  # fmt: skip
    assert "Real OR (95 % CI)" in twins["tables/table3_a.csv"]
    assert twins["tables/discrimination_real.csv"].count("\n") == 4


def test_without_a_target_there_are_none() -> None:
    ctx = context(rossi(), "none", "arrest")
    ctx.target = None
    assert "tables" not in plot_data(ctx, measured("inference.ci_overlap"))
