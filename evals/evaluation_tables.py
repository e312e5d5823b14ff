"""Tables to measure the evaluation on: real adults, and larger tables drawn around them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from synthcraft.tools.ingest import ingest
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import numbers
from synthcraft.tools.schema_inference import infer_schema
from synthcraft.tools.split import split_rows

TARGET = "heart_attack"
KNOWN = ("age", "gender", "ethnicity")
"""What an attacker may know of a person."""
WIDTH = 0.1
"""Standard deviation of the noise on a drawn number, as part of that of its column."""


def survey(path: Path, rows: int, columns: int) -> EvalContext:
    """Complete adults of the survey as the real table, the next ones as the synthetic one."""
    frame = ingest(path).frame.dropna().reset_index(drop=True)
    names = [str(name) for name in frame.columns if name != TARGET]
    frame = frame[[*names[: columns - 1], TARGET]]
    return _context(frame.iloc[:rows], frame.iloc[rows:])


def enlarged(path: Path, rows: int, columns: int) -> EvalContext:
    """Two tables drawn from the same smooth version of the survey, the real one and another."""
    frame = ingest(path).frame.dropna().reset_index(drop=True)
    return _context(*(_drawn(frame, rows, columns, seed) for seed in (1, 2)))


def widened(path: Path, rows: int, columns: int) -> pd.DataFrame:
    """One table drawn from the smooth version of the survey."""
    return _drawn(ingest(path).frame.dropna().reset_index(drop=True), rows, columns, 1)


def _drawn(frame: pd.DataFrame, rows: int, columns: int, seed: int) -> pd.DataFrame:
    """Rows drawn with replacement, noise on every number, further columns from mixed old ones."""
    rng = np.random.default_rng(seed)
    drawn = frame.iloc[rng.integers(0, len(frame), rows)].reset_index(drop=True)
    counted = [str(n) for n in frame.columns if frame[n].dtype.kind in "if" and n != TARGET]
    spread = {name: float(np.std(numbers(frame[name]))) for name in counted}
    for name in counted:
        moved = numbers(drawn[name]) + rng.normal(0, WIDTH * spread[name], rows)
        whole = pd.api.types.is_integer_dtype(frame[name].dtype)
        drawn[name] = pd.Series(moved.round(0 if whole else 1)).astype(frame[name].dtype)
    for extra in range(columns - frame.shape[1]):
        name = counted[extra % len(counted)]
        score = numbers(drawn[name]) / spread[name] + rng.normal(0, 1 + extra / columns, rows)
        drawn[f"marker_{extra + 1}"] = score.round(2)
    return drawn


def _context(real: pd.DataFrame, synthetic: pd.DataFrame) -> EvalContext:
    """The real table in three parts beside as many synthetic rows as are for training."""
    parts = split_rows(real, target=TARGET, task="classification", seed=1)
    train, validation, holdout = (
        real.iloc[p].reset_index(drop=True) for p in (parts.train, parts.validation, parts.holdout)
    )
    return question(
        real, train, validation, holdout, synthetic.iloc[: len(train)].reset_index(drop=True)
    )


def question(
    real: pd.DataFrame,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
) -> EvalContext:
    """The question of the sharing use case about two tables."""
    return EvalContext(
        train=train,
        validation=validation,
        holdout=holdout,
        synthetic=synthetic,
        schema=infer_schema(real),
        target=TARGET,
        task="classification",
        protected=KNOWN[1:],
        sensitive=(TARGET,),
        quasi_identifiers=KNOWN,
        seed=1,
    )
