"""Tables and numbers of a repeated run: alike by chance, or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.pack.compare import compare_results, compare_tables, differences
from tests.conftest import clinic


def saved(frame: pd.DataFrame, path: Path, **how: Any) -> Path:
    types = {"age": "Int64", "stroke": "Int64", "sex": "string", "site": "string"}
    typed = frame.assign(visit=pd.to_datetime(frame["visit"])).astype(types)
    typed.to_parquet(path, **how)
    return path


@pytest.mark.parametrize("seed", range(8))
def test_other_draws_of_one_distribution_are_alike(tmp_path: Path, seed: int) -> None:
    one = saved(clinic(seed=seed).drop(columns="patient_id"), tmp_path / "a")
    two = saved(clinic(seed=seed + 100).drop(columns="patient_id"), tmp_path / "b")
    assert compare_tables("t", one, two).state == "statistically equal"


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("bmi", lambda c: c + 4),
        ("bmi", lambda c: c.where(np.arange(len(c)) % 2 == 0)),
        ("sex", lambda c: c.where(np.arange(len(c)) % 3 == 0, "male")),
        ("stroke", lambda c: 1 - c),
        ("visit", lambda c: pd.to_datetime(c) + pd.Timedelta(days=200)),
    ],
)
def test_a_column_that_moved_is_named(tmp_path: Path, column: str, change: Any) -> None:
    before = clinic().drop(columns="patient_id")
    after = clinic(seed=9).drop(columns="patient_id")
    after[column] = change(after[column])
    found = compare_tables("t", saved(before, tmp_path / "a"), saved(after, tmp_path / "b"))
    assert (found.state, found.holds) == ("different", False)
    assert column in found.why


def test_equal_values_in_another_file_are_said_to_be_equal(tmp_path: Path) -> None:
    one = saved(clinic(), tmp_path / "a", compression="zstd")
    two = saved(clinic(), tmp_path / "b", compression="gzip")
    assert "Every value is the same" in compare_tables("t", one, two).why


def test_what_is_not_there_is_not_alike(tmp_path: Path) -> None:
    here = saved(clinic(), tmp_path / "a")
    assert compare_tables("t", here, tmp_path / "none").state == "missing"
    assert compare_tables("t", None, here).state == "different"
    fewer = saved(clinic().drop(columns="bmi"), tmp_path / "c")
    assert "columns" in compare_tables("t", here, fewer).why


def row(**fields: Any) -> dict[str, Any]:
    usual = {"candidate": "a", "replicate": 0, "metric_id": "m", "column": None, "group": None}
    numbers = {"value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "status": "pass"}
    return {**usual, **numbers, **fields}


@pytest.mark.parametrize(
    ("here", "state"),
    [
        (row(runtime_s=9), "bit-identical"),
        (row(value=0.55), "statistically equal"),
        (row(value=0.7), "different"),
        (row(status="refer"), "different"),
        (row(metric_id="other"), "different"),
        (row(value=None, status="error"), "different"),
    ],
)
def test_numbers_are_the_same_within_their_interval_or_another(
    here: dict[str, Any], state: str
) -> None:
    assert compare_results({"results": [row()]}, {"results": [here]}).state == state


def test_rounded_numbers_are_compared_as_rounded() -> None:
    told = {"seed": "withheld", "results": [row(value=0.123)]}
    assert compare_results(told, {"results": [row(value=0.12345)]}).state == "bit-identical"


def test_what_changed_on_the_machine_is_named() -> None:
    then = {"python": "3.11.1", "cpu": "A", "packages": {"numpy": "1.26.4", "torch": "2.2.2"}}
    now = {"python": "3.11.1", "cpu": "B", "packages": {"numpy": "1.26.3", "torch": "2.2.2"}}
    assert list(differences(then, now)) == ["cpu: A then, B now", "numpy: 1.26.4 then, 1.26.3 now"]
