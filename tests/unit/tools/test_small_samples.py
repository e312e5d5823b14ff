"""A test that could not have seen anything passes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.evaluation_plan import default_thresholds
from synthcraft.tools.metrics.base import EvalContext, Result, Value
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.metrics.thresholds import Threshold
from synthcraft.tools.table_schema import Column, TableSchema

SCHEMA = TableSchema(
    columns=tuple(Column(name=n, kind="numeric", dtype="float64") for n in ("a", "b", "c"))
)


def rows(n: int, seed: int) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 3)), columns=list("abc"))


def copies(train: int, holdout: int) -> Result:
    """The copy test on fresh rows."""
    frames = rows(train, 1), rows(0, 0), rows(holdout, 2), rows(train, 3)
    (spec,) = (s for s in metrics_of(("privacy_metrics",)) if s.id == "privacy.copies")
    return run_metric(spec, EvalContext(*frames, SCHEMA), default_thresholds("sharing")[spec.id])[0]


def test_copies_among_few_holdout_rows_are_referred_and_among_many_not() -> None:
    few, many = copies(600, 25), copies(600, 400)
    assert few.mde is not None and few.mde > 0.05 and few.status == "refer"
    assert "smaller effects could have gone unseen" in few.message
    assert many.mde is not None and many.mde < 0.05 and many.status == "pass"


@pytest.mark.parametrize(
    ("value", "mde", "status"),
    [(0.0, 0.05, "pass"), (0.0, 0.11, "refer"), (0.0, None, "pass"), (0.9, 0.11, "fail")],
)
def test_a_limit_on_what_could_be_seen_spoils_passes_only(
    value: float, mde: float | None, status: str
) -> None:
    rule = Threshold(pass_high=0.1, refer_high=0.2, most_mde=0.1)
    assert rule.judge(Value(value, mde=mde)) == status
