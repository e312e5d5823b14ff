"""Impossible people, planted values and collapsed columns block a file; real oddities do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.rule_pack import packs
from synthcraft.tools.metrics.run import evaluate
from synthcraft.tools.table_schema import Column, TableSchema

SCHEMA = TableSchema(
    columns=(
        Column(name="Diastolic BP", kind="integer", dtype="Int64", nullable=True),
        Column(name="systolic_bp", kind="integer", dtype="Int64", nullable=True),
        Column(name="Date of admission", kind="date", dtype="datetime64[ns]"),
        Column(name="discharge_date", kind="date", dtype="datetime64[ns]", nullable=True),
        Column(name="Sex", kind="binary", dtype="string", categories=("F", "M")),
        Column(name="pregnant", kind="binary", dtype="string", categories=("no", "Yes")),
    )
)


def people(n: int, seed: int) -> pd.DataFrame:
    """Patients without a contradiction; some values are missing."""
    rng = np.random.default_rng(seed)
    low = rng.integers(60, 95, n)
    admitted = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D")
    sex = rng.choice(["F", "M"], n)
    expecting = (sex == "F") & (rng.random(n) < 0.1)
    frame = pd.DataFrame(
        {
            "Diastolic BP": pd.Series(low, dtype="Int64"),
            "systolic_bp": pd.Series(low + rng.integers(10, 60, n), dtype="Int64"),
            "Date of admission": admitted,
            "discharge_date": admitted + pd.to_timedelta(rng.integers(0, 20, n), unit="D"),
            "Sex": pd.Series(sex, dtype="string"),
            "pregnant": pd.Series(np.where(expecting, "Yes", "no"), dtype="string"),
        }
    )
    frame.loc[rng.random(n) < 0.1, "systolic_bp"] = pd.NA
    frame.loc[rng.random(n) < 0.1, "discharge_date"] = pd.NaT
    return frame


@pytest.fixture
def ctx() -> EvalContext:
    return EvalContext(people(400, 1), people(0, 0), people(200, 2), people(400, 3), SCHEMA)


def sanity(ctx: EvalContext) -> dict[str, Result]:
    rows, _ = evaluate(ctx, ("sanity",), default_thresholds("sharing"))
    return {r.metric_id: r for r in rows}


def changed(ctx: EvalContext, rows: int, **values: object) -> EvalContext:
    """The first so many synthetic rows with other values."""
    frame = ctx.synthetic.copy()
    for name, value in values.items():
        at = frame.columns.get_loc(next(c for c in frame if c.split()[0] == name))
        frame.iloc[:rows, at] = value
    return ctx.with_synthetic(frame)


def test_people_who_can_exist_pass_all_rules_that_apply(ctx: EvalContext) -> None:
    row = sanity(ctx)["sanity.rules"]
    assert row.status == "pass" and row.message == "3 rules were checked."


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"systolic_bp": 40}, "systolic above diastolic pressure"),
        ({"discharge_date": pd.Timestamp("2020-01-01")}, "admission, discharge"),
        ({"Sex": "M", "pregnant": "Yes"}, "no pregnant men"),
    ],
    ids=["pressure", "dates", "pregnancy"],
)
def test_one_impossible_person_blocks_and_the_rule_is_named(
    ctx: EvalContext, values: dict[str, object], says: str
) -> None:
    row = sanity(changed(ctx, 1, **values))["sanity.rules"]
    assert row.status == "fail" and row.value == 1 and says in row.message


def test_a_rule_that_real_people_break_is_judged_by_their_rate(ctx: EvalContext) -> None:
    odd = ctx.train.copy()
    odd.loc[:19, "systolic_bp"] = 40
    real = replace(ctx, train=odd)
    assert sanity(changed(real, 15, systolic_bp=40))["sanity.rules"].status == "pass"
    assert sanity(changed(real, 80, systolic_bp=40))["sanity.rules"].status == "fail"


def test_without_a_rule_for_these_columns_that_is_said(ctx: EvalContext) -> None:
    only = replace(ctx, schema=SCHEMA.only(("Diastolic BP", "Sex")))
    row = sanity(only)["sanity.rules"]
    assert row.status == "not_assessed" and "No clinical rule" in row.message


def test_a_pack_speaks_only_of_columns_that_it_can_find() -> None:
    for pack in packs():
        spoken = {part for rule in pack.ordered for part in rule.order if isinstance(part, str)}
        spoken |= {name for rule in pack.excluded for name in rule.values}
        assert spoken == set(pack.columns)
        names = [name for aliases in pack.columns.values() for name in aliases]
        assert len(names) == len(set(names)) and all(n.isalnum() and n.islower() for n in names)


@pytest.mark.parametrize("planted", ["918273", "canary-X", "F"])
def test_a_planted_value_that_comes_out_blocks_and_is_not_printed(
    ctx: EvalContext, planted: str
) -> None:
    declared = replace(ctx, canaries=("918273", "canary-X"))
    clean = sanity(declared)["sanity.canaries"]
    assert clean.status == "pass" and clean.value == 0
    frame = ctx.synthetic.copy()
    if planted.isdigit():
        frame.loc[5, "systolic_bp"] = int(planted)
    else:
        frame.loc[5, "Sex"] = planted
    row = sanity(declared.with_synthetic(frame))["sanity.canaries"]
    assert row.status == ("pass" if planted == "F" else "fail")
    assert planted not in row.message or planted == "F"
    assert sanity(ctx)["sanity.canaries"].status == "not_assessed"


def test_a_column_that_lost_its_only_value_has_collapsed(ctx: EvalContext) -> None:
    same = [f.assign(Sex=pd.Series(["F"] * len(f), dtype="string")) for f in
            (ctx.train, ctx.holdout, ctx.synthetic)]  # fmt: skip
    constant = replace(ctx, train=same[0], holdout=same[1], synthetic=same[2])
    assert sanity(constant)["sanity.constant"].status == "pass"
    empty = same[2].assign(Sex=pd.Series([pd.NA] * len(same[2]), dtype="string"))
    row = sanity(constant.with_synthetic(empty))["sanity.constant"]
    assert row.status == "fail" and "Sex" in row.message
