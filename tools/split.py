"""Freeze train, validation and holdout rows before any generator sees the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthcraft.graph.records import Split, Task
from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.folds import people_of
from synthcraft.tools.target import check_target

__all__ = ["SplitFrames", "check_target", "split_rows"]

HOLDOUT_SHARE = 0.2
HOLDOUT_ROWS = 500
HOLDOUT_CAP = 0.4
VALIDATION_SHARE = 0.1
PARTS = 5
MANY_LEVELS = 10
WANTED_EVENTS = 50

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SplitFrames:
    """Row positions of the three parts, each in table order."""

    train: Positions
    validation: Positions
    holdout: Positions
    sizes: Split
    notes: tuple[str, ...] = ()


def split_rows(
    frame: pd.DataFrame,
    *,
    target: str | None,
    task: Task,
    group: str | None = None,
    protected: str | None = None,
    seed: int,
    share: float = HOLDOUT_SHARE,
) -> SplitFrames:
    """Split rows once; the result depends on the rows in their order, the roles and the seed.

    The holdout is `share` of the rows, at least 500, at most 40 %; validation is a tenth of the
    rest. Both are stratified on target x protected where cells have 10 rows. Rows that share a
    value of `group` (a person) never fall into different parts.
    """
    rng = np.random.default_rng(seed)
    rows = len(frame)
    strata, notes = _strata(frame, target, task, protected)
    units = _units(frame, group)
    wanted = round(min(max(share * rows, HOLDOUT_ROWS), HOLDOUT_CAP * rows))
    everything = np.arange(rows, dtype=np.int64)
    holdout = _draw(everything, wanted, strata, units, rng)
    rest = np.setdiff1d(everything, holdout)
    validation = _draw(rest, round(VALIDATION_SHARE * len(rest)), strata, units, rng)
    train = np.setdiff1d(rest, validation)
    if group is not None:
        notes.append(f"Rows with the same {group!r} stay in the same part.")
    notes.extend(_few_events(frame, target, task, holdout))
    sizes = Split(train=len(train), validation=len(validation), holdout=len(holdout))
    return SplitFrames(train, validation, holdout, sizes, tuple(notes))


def _draw(
    rows: Positions, wanted: int, strata: Positions, units: Positions, rng: np.random.Generator
) -> Positions:
    """About `wanted` rows, the same share of each stratum, whole units only.

    A unit belongs to the stratum of its rarest row, so that people with an event are spread.
    """
    sizes = np.bincount(strata[rows])
    order = np.argsort(sizes[strata[rows]], kind="stable")
    _, first = np.unique(units[rows][order], return_index=True)
    keys = units[rows][order][first]
    unit_strata = strata[rows][order][first]
    weights = np.bincount(units[rows])[keys]
    per_stratum = np.bincount(unit_strata, weights=weights)
    quotas = _largest_remainder(per_stratum * wanted / len(rows), wanted)
    taken = []
    for stratum in np.unique(unit_strata):
        members = rng.permutation(np.flatnonzero(unit_strata == stratum))
        fits = np.cumsum(weights[members]) <= quotas[stratum]
        taken.append(keys[members[fits]])
    return rows[np.isin(units[rows], np.concatenate(taken))]


def _largest_remainder(shares: npt.NDArray[np.float64], total: int) -> Positions:
    """Whole numbers that add up to the total and differ from the shares by less than one."""
    whole = np.floor(shares).astype(np.int64)
    order = np.argsort(whole - shares, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def _units(frame: pd.DataFrame, group: str | None) -> Positions:
    """A number for each person; rows whose person is not known are persons of their own."""
    if group is None:
        return np.arange(len(frame), dtype=np.int64)
    return people_of(frame[group])


def _strata(
    frame: pd.DataFrame, target: str | None, task: Task, protected: str | None
) -> tuple[Positions, list[str]]:
    """A number for each stratum; cells under ten rows fall back to the target alone."""
    if target is None:
        outcome = np.zeros(len(frame), dtype=np.int64)
    else:
        outcome = _levels(frame[target], in_parts=task == "regression")
    if protected is None or protected == target:
        return _numbered(_merge_small(outcome)), []
    numeric = pd.api.types.is_numeric_dtype(frame[protected])
    many = numeric and frame[protected].nunique() > MANY_LEVELS
    cells = _numbered(outcome, _levels(frame[protected], in_parts=many))
    small = np.bincount(cells)[cells] < MIN_CELL
    cells[small] = cells.max() + 1 + outcome[small]
    notes = []
    if small.any():
        notes.append(f"{target or 'Target'} by {protected}: cells under {MIN_CELL} rows joined.")
    return _numbered(_merge_small(cells)), notes


def _levels(series: pd.Series[Any], in_parts: bool) -> Positions:
    """A number for each level, or for each fifth of a measurement; 0 where missing."""
    if in_parts:
        series = pd.qcut(series.rank(method="first"), PARTS, labels=False)
    return pd.factorize(series)[0].astype(np.int64) + 1


def _merge_small(cells: Positions) -> Positions:
    """Single rows cannot be shared out: all strata of one row become one."""
    single = np.bincount(cells)[cells] < 2
    return np.where(single, cells.max() + 1, cells)


def _numbered(*keys: Positions) -> Positions:
    """Consecutive numbers for the combinations of keys."""
    _, numbers = np.unique(np.stack(keys), axis=1, return_inverse=True)
    return np.asarray(numbers, dtype=np.int64).ravel()


def _few_events(
    frame: pd.DataFrame, target: str | None, task: Task, holdout: Positions
) -> Sequence[str]:
    if target is None or task != "classification":
        return ()
    counts = frame[target].iloc[holdout].value_counts()
    if len(counts) and counts.iloc[-1] >= WANTED_EVENTS:
        return ()
    return (
        f"The holdout has fewer than {WANTED_EVENTS} rows of the rarest value of {target!r}: "
        "measures of prediction will have wide intervals.",
    )
