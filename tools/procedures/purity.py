"""P5: can tumour purity, or any number, be predicted as well by what synthetic rows teach?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.graph.errors import InputError
from synthcraft.tools.folds import FOLDS, assign_folds, people_of, strata_of
from synthcraft.tools.generators.training import train
from synthcraft.tools.inference.table import PAPER_STAMP, Mode
from synthcraft.tools.metrics.columns import Floats, Ints, is_number, numbers
from synthcraft.tools.seeds import child_seed
from synthcraft.tools.stats.resampled_t import split_test
from synthcraft.tools.table_schema import TableSchema

MODEL: dict[str, Any] = {
    "n_estimators": 200,
    "max_depth": 3,
    "learning_rate": 0.05,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "min_child_weight": 3,
    "tree_method": "hist",
    "n_jobs": 1,
}
"""The regression's hyper-parameters: stated once, never tuned on a test fold."""
REAL = "real"
MEAN = "mean of the training rows"
NOTES = (
    "Purity is itself an estimate (ABSOLUTE), not a measurement.",
    "The gene signature was chosen on related data, which flatters every model here.",
    "The standard deviation over folds is no standard error; the interval allows for folds that "
    "share training rows.",
)
_STAMPS: dict[Mode, str] = {
    "paper": PAPER_STAMP,
    "rigorous": "in each fold the generator was fitted anew without the tested people",
}

Synthesiser = Callable[[pd.DataFrame, int], pd.DataFrame]
"""From training rows and a seed to synthetic rows: it is called anew in every fold."""


@dataclass(frozen=True)
class FoldResult:
    """What one model did on one fold's people."""

    mse: float
    r2: float
    rows: int


@dataclass(frozen=True)
class PurityLine:
    """One line of Table H.

    Attributes:
        source: "real" (TRTR), the mean predictor, or the name of a generator (TSTR).
        folds: result of each fold.
        mse, sd: mean and standard deviation over folds, the paper's format.
        low, high: interval of the mean that allows for overlapping training rows.
        r2, slope: over all out-of-fold predictions; the slope is that of truth on prediction.
        by_group: group of people -> MSE, where ten or more were tested.
        actual, predicted: out-of-fold points, row by row, for a plot inside the enclave.
    """

    source: str
    folds: tuple[FoldResult, ...]
    mse: float
    sd: float
    low: float
    high: float
    r2: float
    slope: float | None
    by_group: dict[str, float]
    actual: Floats
    predicted: Floats


@dataclass(frozen=True)
class Purity:
    """Table H and Figure 3, and what must be said beside them."""

    mode: Mode
    stamp: str
    lines: tuple[PurityLine, ...]
    notes: tuple[str, ...]


def by_generator(
    schema: TableSchema, generator: str, params: dict[str, Any] | None = None
) -> Synthesiser:
    """As many synthetic rows as it is given, by a generator of the catalogue."""

    def make(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
        return train(rows, schema, generator, params or {}, seed).draw(len(rows), seed).frame

    return make


def purity(
    frame: pd.DataFrame,
    schema: TableSchema,
    target: str,
    synthesisers: dict[str, Synthesiser],
    *,
    patient: pd.Series[Any] | None = None,
    group: pd.Series[Any] | None = None,
    mode: Mode = "rigorous",
    folds: int = FOLDS,
    seed: int = 0,
) -> Purity:
    """Cross-validated regression on real rows, and on synthetic rows.

    `rigorous`: people stay in one fold, folds have a share of each group, and synthetic rows are
    made anew without the tested fold. `paper`: plain folds, and one synthetic table, made of all
    rows, for all folds. Source: evaluation P5.

    Args:
        frame: the modelled columns: the target and its predictors.
        schema: what they are.
        target: the number to predict.
        synthesisers: name -> what makes synthetic rows.
        patient: whose row it is; all rows of a person are in one fold.
        group: cancer type or the like; errors are told apart by it.
        mode: how folds and synthetic rows are made.
        folds: how many.
        seed: of the folds, the fits and the models.

    Raises:
        InputError: the target is no number, or is missing in some row; too few rows or folds.
    """
    if not is_number(schema[target]) or np.isnan(numbers(frame[target])).any():
        raise InputError(f"{target!r} must be a number that every row has.")
    if not 2 <= folds <= len(frame):
        raise InputError(f"{len(frame)} rows cannot be cut into {folds} folds.")
    frame, plain = frame.reset_index(drop=True), mode == "paper"
    strata = np.zeros(len(frame), dtype=np.int64) if group is None or plain else strata_of(group)
    people = None if patient is None or plain else people_of(patient)
    rng = np.random.default_rng(child_seed(seed, "folds"))
    fold = assign_folds(strata, folds, rng, people)
    encode, truth = _encoder(frame, schema, target), numbers(frame[target])
    found = {name: np.empty(len(frame)) for name in (REAL, MEAN, *synthesisers)}
    if plain:
        whole = {n: make(frame, child_seed(seed, "fit", n)) for n, make in synthesisers.items()}
        synthesisers = {name: _fixed(table) for name, table in whole.items()}
    for k in range(folds):
        real, test = frame[fold != k].reset_index(drop=True), encode(frame[fold == k])
        tables = {n: make(real, child_seed(seed, "fit", n, k)) for n, make in synthesisers.items()}
        found[MEAN][fold == k] = truth[fold != k].mean()
        for name, rows in {REAL: real, **tables}.items():
            model = _model(child_seed(seed, "downstream", k))
            model.fit(encode(rows), numbers(rows[target]))
            found[name][fold == k] = model.predict(test)
    lines = tuple(_line(name, truth, made, fold, group) for name, made in found.items())
    return Purity(mode, _STAMPS[mode], lines, NOTES)


def _fixed(table: pd.DataFrame) -> Synthesiser:
    """One table, whatever the fold."""
    return lambda rows, seed: table


def _model(seed: int) -> Any:
    from xgboost import XGBRegressor

    return XGBRegressor(**MODEL, random_state=seed)


def _encoder(
    frame: pd.DataFrame, schema: TableSchema, target: str
) -> Callable[[pd.DataFrame], Floats]:
    """Numbers as they are, one indicator a level; levels are those of the whole table's schema."""
    levels = {
        c.name: sorted(frame[c.name].dropna().astype(str).unique())
        for c in schema.columns
        if c.name != target and not is_number(c)
    }

    def encode(rows: pd.DataFrame) -> Floats:
        columns = [numbers(rows[c.name]) for c in schema.columns
                   if c.name != target and is_number(c)]  # fmt: skip
        for name, known in levels.items():
            columns += [(rows[name].astype(str) == level).to_numpy(float) for level in known]
        return np.column_stack(columns)

    return encode


def _line(
    name: str, truth: Floats, predicted: Floats, fold: Ints, group: pd.Series[Any] | None
) -> PurityLine:
    squared = (truth - predicted) ** 2
    results = []
    for k in range(int(fold.max()) + 1):
        here = fold == k
        spread = ((truth[here] - truth[here].mean()) ** 2).sum()
        r2 = 1 - squared[here].sum() / spread if spread > 0 else float("nan")
        results.append(FoldResult(float(squared[here].mean()), float(r2), int(here.sum())))
    errors = [r.mse for r in results]
    tested = round(len(truth) / len(results))
    test = split_test(errors, len(truth) - tested, tested)
    spread = ((truth - truth.mean()) ** 2).sum()
    variance = float(np.var(predicted))
    varies = name != MEAN and variance > 1e-12
    covariance = float(np.mean((truth - truth.mean()) * (predicted - predicted.mean())))
    return PurityLine(
        source=name,
        folds=tuple(results),
        mse=test.mean,
        sd=float(np.std(errors, ddof=1)),
        low=test.low,
        high=test.high,
        r2=float(1 - squared.sum() / spread),
        slope=covariance / variance if varies else None,
        by_group=_by_group(squared, group),
        actual=truth,
        predicted=predicted,
    )


def _by_group(squared: Floats, group: pd.Series[Any] | None) -> dict[str, float]:
    if group is None:
        return {}
    errors = pd.Series(squared).groupby(group.astype(str).to_numpy())
    return {str(n): float(e.mean()) for n, e in errors if len(e) >= 10}
