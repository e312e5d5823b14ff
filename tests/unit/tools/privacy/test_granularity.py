"""The textbook panel on tables worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.metrics.base import EvalContext, Result
from synthcraft.tools.metrics.registry import metrics_of, run_metric
from synthcraft.tools.privacy.granularity import CAUTION, _closeness, _entropy
from synthcraft.tools.table_schema import Column, TableSchema

Parts = Callable[..., EvalContext]
SCHEMA = TableSchema(
    columns=(
        Column(name="zip", kind="category", dtype="string"),
        Column(name="sex", kind="category", dtype="string"),
        Column(name="illness", kind="category", dtype="string"),
    )
)


def table(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    flat = [row[:3] for row in rows for _ in range(row[3])]
    return pd.DataFrame(flat, columns=["zip", "sex", "illness"]).astype("string")


SYNTHETIC = table(
    [
        ("130", "f", "flu", 2), ("130", "f", "cancer", 1), ("130", "m", "flu", 2),
        ("148", "f", "cancer", 4), ("148", "f", "flu", 4), ("148", "f", "heart", 4),
    ]
)  # fmt: skip
HOLDOUT = table([("130", "f", "flu", 15), ("148", "m", "cancer", 10)])


def panel(name: str, **changes: object) -> dict[tuple[str | None, str | None], Result]:
    ctx = EvalContext(
        HOLDOUT, HOLDOUT, HOLDOUT, SYNTHETIC, SCHEMA, quasi_identifiers=("zip", "sex"),
        sensitive=("illness",),
    )  # fmt: skip
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == f"privacy.{name}"]
    return {(r.column, r.group): r for r in run_metric(spec, replace(ctx, **changes))}


def test_k_anonymity() -> None:
    """Classes of 3, 2 and 12 rows."""
    rows = panel("k_anonymity")
    assert rows[None, None].value == 2
    assert rows[None, None].status == "described" and rows[None, None].message == CAUTION
    assert rows[None, "rows in classes under 5"].value == pytest.approx(5 / 17)
    assert rows[None, "rows in classes under 11"].value == pytest.approx(5 / 17)
    assert rows[None, "rows in classes under 11, held-back people"].value == pytest.approx(10 / 25)


def test_l_diversity() -> None:
    """One value where all have flu; two in 2:1; three in equal parts."""
    rows = panel("l_diversity")
    assert rows[None, None].value == rows["illness", "distinct values"].value == 1
    assert rows["illness", "entropy"].value == pytest.approx(1)
    assert rows["illness", "distinct values, held-back people"].value == 1
    classes, values = np.repeat([0, 1], [3, 12]), np.array([0, 0, 1] + [0, 1, 2] * 4)
    assert _entropy(classes, values, False) == pytest.approx(3 / 2 ** (2 / 3))
    assert _entropy(classes[3:], values[3:], False) == pytest.approx(3)


def test_t_closeness_of_categories() -> None:
    """All: flu 8/17, cancer 5/17, heart 4/17; the men of 130 have flu: 9/17 apart."""
    rows = panel("t_closeness")
    assert rows[None, None].value == rows["illness", "distance"].value == pytest.approx(9 / 17)


def test_t_closeness_of_numbers_is_the_worked_example_of_its_authors() -> None:
    """Salaries of 3 to 11 thousand, three to a class: 0.375 and 0.167 (Li et al. 2007)."""
    classes = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    salaries = np.array([3, 4, 5, 6, 8, 11, 7, 9, 10]) - 3
    assert _closeness(classes, salaries, True) == pytest.approx(0.375)
    other = np.where(classes == 1, 0, 1)
    assert _closeness(other, salaries, True) == pytest.approx(0.167, abs=5e-4)


def test_k_map_and_presence() -> None:
    rows = panel("k_map")
    assert rows[None, None].value == 0  # no held-back man of 130
    assert rows[None, "rows that match nobody"].value == pytest.approx(14 / 17)
    only = panel("k_map", synthetic=SYNTHETIC.iloc[:3])
    assert only[None, None].value == 30  # 15 in training, 15 in the holdout
    few = panel("k_map", synthetic=HOLDOUT, holdout=HOLDOUT.iloc[:20], train=HOLDOUT.iloc[:17])
    assert few[None, None].status == "suppressed" and few[None, None].value is None
    presence = panel("delta_presence")[None, None]
    assert presence.status == "not_assessed" and "Not computable" in presence.message


def test_nothing_is_computed_without_declared_columns() -> None:
    for name in ("k_anonymity", "l_diversity", "t_closeness", "k_map", "delta_presence"):
        (row,) = panel(name, quasi_identifiers=("age",)).values()
        assert row.status == "not_assessed" and "No quasi-identifier" in row.message


@pytest.mark.parametrize("name", ["identifiability", "authenticity"])
def test_fresh_people_are_near_a_half_like_their_twins(people: Parts, name: str) -> None:
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == f"privacy.{name}"]
    own, twin = run_metric(spec, people(4))
    assert own.value == pytest.approx(0.5, abs=0.06)
    assert twin.value == pytest.approx(own.value, abs=0.06) and twin.group == "held-back people"


def test_authenticity_does_not_depend_on_how_rows_are_sorted(people: Parts) -> None:
    ctx = people(5, (400, 300, 400))
    (spec,) = [s for s in metrics_of(("privacy_metrics",)) if s.id == "privacy.authenticity"]
    mixed = ctx.with_synthetic(ctx.synthetic.sample(frac=1, random_state=0))
    assert run_metric(spec, ctx)[0].value == run_metric(spec, mixed)[0].value
