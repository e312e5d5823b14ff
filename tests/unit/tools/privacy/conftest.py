"""Real adults (NHANES 2017-2018) cut into parts, and made patients of any number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthcraft.graph.errors import NotFoundError
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.table_schema import Column, TableSchema
from synthcraft.ui.commands.demo_data import source_file, write_table

ADULTS = TableSchema(
    columns=(
        Column(name="age", kind="integer", dtype="Int64"),
        Column(name="gender", kind="category", dtype="string"),
        Column(name="ethnicity", kind="category", dtype="string"),
        Column(name="bmi", kind="numeric", dtype="float64", decimals=1),
        Column(name="total_cholesterol", kind="integer", dtype="Int64"),
        Column(name="hdl", kind="integer", dtype="Int64"),
        Column(name="glycohaemoglobin", kind="numeric", dtype="float64", decimals=1),
        Column(name="heart_attack", kind="binary", dtype="Int64", categories=(0, 1)),
    )
)
PATIENTS = TableSchema(
    columns=(
        Column(name="age", kind="integer", dtype="Int64"),
        Column(name="dose", kind="numeric", dtype="float64", decimals=2),
        Column(name="seen", kind="date", dtype="datetime64[ns]"),
        Column(name="sex", kind="binary", dtype="string", categories=("f", "m")),
        Column(name="site", kind="category", dtype="string", nullable=True),
        Column(name="ill", kind="binary", dtype="boolean", categories=(False, True)),
    )
)
Parts = Callable[..., EvalContext]


@pytest.fixture(scope="session")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Their whole table; 7 % of them lack some or all laboratory values."""
    try:
        source = source_file()
    except NotFoundError:
        pytest.skip("the package `nhanes` is not installed")
    table = pd.read_csv(write_table(source, tmp_path_factory.mktemp("nhanes")))
    return table.astype({c.name: c.dtype for c in ADULTS.columns})


@pytest.fixture(scope="session")
def adults(everyone: pd.DataFrame) -> pd.DataFrame:
    """Those without a missing value."""
    return everyone.dropna()


@pytest.fixture(scope="session")
def people(adults: pd.DataFrame) -> Parts:
    """Training rows, holdout rows and fresh rows as the synthetic table: all of them real."""

    def parts(seed: int, sizes: tuple[int, int, int] = (1900, 900, 1900)) -> EvalContext:
        mixed = adults.iloc[np.random.default_rng(seed).permutation(len(adults))]
        cuts = np.cumsum(sizes)
        train, holdout, fresh = (
            mixed.iloc[a:b].reset_index(drop=True) for a, b in zip((0, *cuts), cuts, strict=False)
        )
        return EvalContext(
            train, train.iloc[:0], holdout, fresh, ADULTS, target="heart_attack",
            task="classification", protected=("gender",), seed=seed, bootstrap=100,
        )  # fmt: skip

    return parts


def patients(rows: int, seed: int) -> pd.DataFrame:
    """Dependent columns of every kind; some sites are missing."""
    rng = np.random.default_rng(seed)
    age = rng.normal(55, 14, rows)
    risk = 1 / (1 + np.exp(-0.06 * (age - 65)))
    frame = pd.DataFrame(
        {
            "age": pd.Series(age.round()).astype("Int64"),
            "dose": (age / 10 + rng.gamma(2.0, 1.5, rows)).round(2),
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D"),
            "sex": pd.Series(np.where(rng.random(rows) < 0.5, "f", "m"), dtype="string"),
            "site": pd.Series(rng.choice(list("abcd"), rows), dtype="string"),
            "ill": pd.Series(rng.random(rows) < risk, dtype="boolean"),
        }
    )
    frame.loc[rng.random(rows) < 0.05, "site"] = pd.NA
    return frame


@pytest.fixture(scope="session")
def made() -> Parts:
    """Made patients: fresh rows as the synthetic table, unless another is given."""

    def context(rows: int = 600, holdout: int = 300, seed: int = 0, **changes: Any) -> EvalContext:
        given = {
            "train": patients(rows, 3 * seed),
            "validation": patients(0, 0),
            "holdout": patients(holdout, 3 * seed + 1),
            "synthetic": patients(rows, 3 * seed + 2),
            "schema": PATIENTS,
            "target": "ill",
            "task": "classification",
            "seed": seed,
            "bootstrap": 100,
        }
        return EvalContext(**(given | changes))

    return context
