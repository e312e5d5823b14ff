"""The evaluation job: files in, results and plot data out, and its refusals."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import JobError
from synthcraft.tools.compare.run import _params
from synthcraft.tools.job_kinds import JobContext, job_function
from synthcraft.tools.metrics.base import Result
from synthcraft.tools.plan_yaml import plan_from
from synthcraft.tools.table_schema import Column, TableSchema

SCHEMA = TableSchema(
    columns=(
        Column(name="x", kind="numeric", dtype="float64", decimals=2, nullable=True),
        Column(name="g", kind="category", dtype="string", categories=("a", "b"), nullable=True),
        Column(name="y", kind="binary", dtype="Int64", categories=(0, 1)),
    )
)


def table(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, n).round(2)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(n) < 0.1, np.nan, x),
            "g": pd.Series(rng.choice(["a", "b"], n), dtype="string"),
            "y": pd.Series((x + rng.normal(0, 1, n) > 0.5).astype(int), dtype="Int64"),
        }
    )
    frame.loc[rng.random(n) < 0.1, "g"] = pd.NA
    return frame


def job(folder: Path, **params: Any) -> tuple[JobContext, list[float]]:
    sizes = {"train": 300, "validation": 60, "holdout": 150, "synthetic": 300}
    inputs = {name: folder / f"{name}.parquet" for name in sizes}
    for seed, (name, size) in enumerate(sizes.items()):
        table(size, seed).to_parquet(inputs[name])
    inputs["schema"] = folder / "schema.json"
    inputs["schema"].write_text(SCHEMA.model_dump_json())
    (folder / "out").mkdir()
    heard: list[float] = []
    given = {"candidate": "c1", "target": "y", "task": "classification", "bootstrap": 50, **params}
    ctx = JobContext(inputs, given, 3, folder / "out", lambda share, words: heard.append(share))
    return ctx, heard


def test_results_and_plot_data_are_written(tmp_path: Path) -> None:
    ctx, heard = job(
        tmp_path, families=["fidelity", "utility", "plots"], protected=["g"],
        thresholds={"fidelity.association": 0.0001}, rows=300,
    )  # fmt: skip
    info = job_function("evaluate")(ctx)
    results = [Result.model_validate(r) for r in json.loads(ctx.outputs["results"].read_text())]
    assert {r.family for r in results} == {"sanity", "fidelity", "utility"}
    assert {r.candidate for r in results} == {"c1"}
    assert not [r.metric_id for r in results if r.status == "error"]
    changed = next(r for r in results if r.metric_id == "fidelity.association")
    assert changed.threshold == 0.0001 and changed.status != "pass"
    assert info["headline"]["fidelity.column_distance"] > 0
    assert set(info["seconds"]) == {"sanity", "fidelity", "utility", "plots"}
    assert heard[0] == 0 and heard[-1] == 1 and heard == sorted(heard)
    marginals = json.loads(ctx.outputs["marginals"].read_text())
    assert [entry["column"] for entry in marginals] == ["x", "g", "y"]
    assert "missing" in marginals[0]["labels"]


def test_a_higher_minimum_reaches_the_tables_made_in_a_worker(tmp_path: Path) -> None:
    text = plan_from({"roles": {"target": "y"}, "min_cell": 40}, "The test")
    rows = SimpleNamespace(seen="")
    work = SimpleNamespace(plan=text, tables=SimpleNamespace(task="classification", rows=rows))
    assert _params(work)["min_cell"] == 40  # type: ignore[arg-type]
    shown: dict[int, list[tuple[str, ...]]] = {}
    for least in (10, 40):
        (tmp_path / str(least)).mkdir()
        ctx, _ = job(tmp_path / str(least), families=["utility"], min_cell=least)
        for part in ("train", "holdout"):  # some fifteen of three hundred people, and ten more
            frame = pd.read_parquet(ctx.inputs[part])
            frame.loc[frame.index[:15], "g"] = "c"
            frame.to_parquet(ctx.inputs[part])
        job_function("evaluate")(ctx)
        tables = json.loads(ctx.outputs["plot_data"].read_text())["tables"]
        shown[least] = [tuple(row) for t in tables for row in t["rows"]]
    assert any("c" in (row[1], row[0].removeprefix("g: ")) for row in shown[10])
    assert not any("c" in (row[1], row[0].removeprefix("g: ")) for row in shown[40])
    assert any(row[:2] == ("g", "levels of few people") for row in shown[40])


def test_without_plots_there_is_no_plot_file(tmp_path: Path) -> None:
    ctx, _ = job(tmp_path, families=["privacy_metrics"])
    job_function("evaluate")(ctx)
    assert set(ctx.outputs) == {"results", "plot_data"}


def test_the_claim_of_the_generator_is_put_on_record(tmp_path: Path) -> None:
    ctx, _ = job(
        tmp_path, families=["privacy_metrics"], generator="aim", generator_params={"epsilon": 2.0}
    )
    job_function("evaluate")(ctx)
    rows = {r["metric_id"]: r for r in json.loads(ctx.outputs["results"].read_text())}
    assert "epsilon 2" in rows["privacy.dp_record"]["message"]
    assert rows["privacy.dp_audit"]["value"] is not None


def test_missing_inputs_are_refused_with_a_code(tmp_path: Path) -> None:
    ctx, _ = job(tmp_path)
    del ctx.inputs["holdout"]
    with pytest.raises(JobError) as caught:
        job_function("evaluate")(ctx)
    assert caught.value.code == "E_INPUTS"
