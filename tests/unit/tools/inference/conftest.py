"""Tables for the regression tests: the paper's real one, and simulated ones of one population."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.table_schema import Column, TableSchema

PAPER = TableSchema(
    columns=(
        Column(name="age", kind="integer", dtype="Int64"),
        Column(name="gender", kind="binary", dtype="string", categories=("Female", "Male")),
        Column(name="ethnicity", kind="category", dtype="string"),
        Column(name="bmi", kind="numeric", dtype="float64", decimals=1),
        Column(name="total_cholesterol", kind="integer", dtype="Int64"),
        Column(name="insulin", kind="numeric", dtype="float64", decimals=2),
        Column(name="heart_attack", kind="binary", dtype="Int64", categories=(0, 1)),
    )
)
PEOPLE = TableSchema(
    columns=(
        Column(name="age", kind="integer", dtype="Int64", nullable=True),
        Column(name="bmi", kind="numeric", dtype="float64", decimals=1, nullable=True),
        Column(name="sex", kind="binary", dtype="string", categories=("f", "m")),
        Column(name="site", kind="category", dtype="string", categories=("a", "b", "c")),
        Column(name="days", kind="integer", dtype="Int64"),
        Column(name="ill", kind="binary", dtype="Int64", categories=(0, 1)),
    )
)


def people(n: int, seed: int) -> pd.DataFrame:
    """Rows of one simulated population with an outcome, a time until it, and missing values."""
    rng = np.random.default_rng(seed)
    age = rng.normal(55, 14, n)
    bmi = 20 + 0.12 * age + rng.gamma(2.0, 1.5, n)
    sex = rng.choice(["f", "m"], n, p=[0.55, 0.45])
    site = rng.choice(list("abc"), n, p=[0.5, 0.3, 0.2])
    risk = 0.06 * (age - 55) + 0.1 * (bmi - 30) + 0.8 * (sex == "m")
    days = np.ceil(rng.exponential(300 * np.exp(-risk)))
    frame = pd.DataFrame(
        {
            "age": pd.Series(age.round()).astype("Int64"),
            "bmi": bmi.round(1),
            "sex": pd.Series(sex, dtype="string"),
            "site": pd.Series(site, dtype="string"),
            "days": pd.Series(np.minimum(days, 365)).astype("Int64"),
            "ill": pd.Series((days <= 365).astype(int), dtype="Int64"),
        }
    )
    frame.loc[rng.random(n) < 0.05, "bmi"] = np.nan
    return frame


def asked(synthetic: pd.DataFrame, n: int = 600, **changes: object) -> EvalContext:
    """The question about a synthetic table of that population; days are no predictor."""
    known = {
        "target": "ill", "task": "classification", "seed": 7, "bootstrap": 50, **changes
    }  # fmt: skip
    schema = PEOPLE if known["task"] == "survival" else PEOPLE.only(WITHOUT_DAYS)
    known.setdefault("schema", schema)
    train = known.pop("train", people(n, 1))
    return EvalContext(train, people(60, 2), people(300, 3), synthetic, **known)


WITHOUT_DAYS = ("age", "bmi", "sex", "site", "ill")


@pytest.fixture(scope="session")
def paper_table(nhanes: Path) -> pd.DataFrame:
    """The paper's NHANES table with canonical types."""
    return pd.read_csv(nhanes).astype({c.name: c.dtype for c in PAPER.columns})
