"""Odd tables: every row says what could not be assessed, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.decision import decide
from synthcraft.tools.evaluation_plan import ATTACKS, default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.table_schema import Column, TableSchema

Parts = Callable[..., EvalContext]
OPEN = {"not_assessed", "suppressed"}


def measured(ctx: EvalContext) -> list[Result]:
    rows, _ = evaluate(ctx, ("privacy_metrics",), default_thresholds("sharing"))
    assert not [(r.metric_id, r.message) for r in rows if r.status == "error"]
    assert all(r.message for r in rows if r.value is None)
    assert all(r.value is not None or r.status in OPEN for r in rows)
    return rows


def own(rows: list[Result]) -> dict[str, Result]:
    return {r.metric_id: r for r in rows if r.column is None and r.group is None}


def each(ctx: EvalContext, change: Callable[[pd.DataFrame, int], pd.DataFrame]) -> EvalContext:
    frames = {
        n: change(getattr(ctx, n), i) for i, n in enumerate(("train", "holdout", "synthetic"))
    }
    return replace(ctx, validation=frames["train"].iloc[:0], **frames)


def test_nothing_sensitive_and_no_target(made: Parts) -> None:
    rows = own(measured(made(target=None, task="none")))
    inference = rows["privacy.attribute_inference"]
    assert inference.status == "not_assessed" and "No sensitive column" in inference.message
    assert rows["privacy.l_diversity"].status == "not_assessed"
    assert rows["privacy.membership"].status == "pass"


def test_the_target_stands_for_sensitive_columns_and_the_row_says_so(made: Parts) -> None:
    row = own(measured(made()))["privacy.attribute_inference"]
    assert row.value is not None and "the target stands for them" in row.message
    assert "all columns that are not sensitive" in row.message


def test_columns_that_the_file_lacks_are_named(made: Parts) -> None:
    ctx = made(quasi_identifiers=("age", "site"), sensitive=("dose", "ill"))
    lacking = replace(ctx, synthetic=ctx.synthetic.drop(columns=["site", "dose"]))
    rows = measured(lacking)
    inference = own(rows)["privacy.attribute_inference"]
    assert inference.value is not None and "Not in the file: site." in inference.message
    (dose,) = [r for r in rows if r.metric_id == inference.metric_id and r.column == "dose"]
    assert dose.status == "not_assessed"
    nothing = replace(lacking, sensitive=("dose",), quasi_identifiers=("site",))
    silent = own(measured(nothing))
    assert "dose" in silent["privacy.attribute_inference"].message
    assert silent["privacy.k_anonymity"].status == "not_assessed"


def test_a_holdout_of_training_rows_says_nothing(made: Parts) -> None:
    ctx = made()
    rows = own(measured(replace(ctx, holdout=ctx.train, synthetic=ctx.train)))
    for name in ("privacy.copies", "privacy.dcr_share", *ATTACKS):
        assert rows[name].status == "not_assessed", name
        assert "training rows too" in rows[name].message
    assert decide(list(rows.values()), "sharing").state == "REFER"


def test_identical_files_fail(made: Parts) -> None:
    ctx = made()
    rows = own(measured(replace(ctx, synthetic=ctx.train)))
    assert {n for n in ATTACKS if rows[n].status == "fail"} >= {
        "privacy.membership", "privacy.vulnerable", "privacy.attribute_inference",
        "privacy.singling_out", "privacy.linkage",
    }  # fmt: skip


def test_constant_and_missing_columns(made: Parts) -> None:
    flat = each(made(), lambda f, i: f.assign(site=pd.NA, dose=1.0).astype({"site": "string"}))
    rows = own(measured(replace(flat, sensitive=("site", "ill"), quasi_identifiers=("dose",))))
    assert rows["privacy.membership"].status in {"pass", "refer"}
    assert rows["privacy.k_anonymity"].value == len(flat.synthetic)


def test_everything_constant(made: Parts) -> None:
    schema = TableSchema(columns=(Column(name="site", kind="category", dtype="string"),))
    flat = each(made(), lambda f, i: f[["site"]].assign(site="a").astype("string"))
    rows = own(measured(replace(flat, schema=schema, target=None, task="none")))
    assert rows["privacy.vulnerable"].status == "not_assessed"
    assert rows["privacy.singling_out"].status == "not_assessed"
    assert rows["privacy.linkage"].status == "not_assessed"
    assert not [n for n, r in rows.items() if r.status == "fail"]


def test_a_column_of_ten_thousand_levels(made: Parts) -> None:
    def wide(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
        codes = np.random.default_rng(seed).integers(0, 10_000, len(frame))
        return frame.assign(site=pd.Series([f"s{c}" for c in codes], dtype="string"))

    ctx = each(made(rows=1500, holdout=800), wide)
    rows = measured(replace(ctx, sensitive=("site", "ill"), quasi_identifiers=("age", "site")))
    assert not [r.metric_id for r in rows if r.status == "fail"]


def test_two_hundred_numeric_columns() -> None:
    names = [f"x{i}" for i in range(200)]
    schema = TableSchema(
        columns=tuple(Column(name=n, kind="numeric", dtype="float64") for n in names)
    )
    frames = [
        pd.DataFrame(np.random.default_rng(i).normal(size=(n, 200)), columns=names)
        for i, n in enumerate((400, 200, 400))
    ]
    ctx = EvalContext(
        frames[0], frames[0].iloc[:0], frames[1], frames[2], schema, target="x7",
        task="regression", bootstrap=100,
    )  # fmt: skip
    rows = own(measured(ctx))
    assert rows["privacy.attribute_inference"].value is not None
    assert not [n for n, r in rows.items() if r.status == "fail"]


def test_three_hundred_rows_with_eight_events(made: Parts) -> None:
    def rare(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
        events = [4, 2, 4][seed]
        return frame.assign(ill=pd.Series(np.arange(len(frame)) < events, dtype="boolean"))

    rows = own(measured(each(made(rows=162, holdout=120), rare)))
    for name in ("privacy.vulnerable", "privacy.attribute_inference"):
        assert rows[name].status in {"refer", "uninformative"}, name
    assert rows["privacy.membership"].mde > 0.57
    assert decide(list(rows.values()), "sharing").state == "REFER"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_file_of_hardly_any_rows(made: Parts, rows: int) -> None:
    ctx = made()
    found = own(measured(replace(ctx, synthetic=ctx.synthetic.iloc[:rows])))
    assert found["privacy.membership"].status == "not_assessed"
    copied = own(measured(replace(ctx, synthetic=ctx.train.iloc[:rows])))
    assert copied["privacy.copies"].status == "refer"  # too few to be more than suspicious


def test_a_tiny_holdout(made: Parts) -> None:
    rows = own(measured(made(holdout=21)))
    assert rows["privacy.membership"].status in {"refer", "uninformative"}
    assert own(measured(made(holdout=19)))["privacy.membership"].status == "not_assessed"
