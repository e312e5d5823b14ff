"""P4, comparators: what else could be done about few cases, with the same rows and seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.tools.augmentation import Cell, Unit, condition
from synthcraft.tools.generators.sampling import meets
from synthcraft.tools.metrics.columns import Floats, is_number, numbers
from synthcraft.tools.repair import repair
from synthcraft.tools.table_schema import TableSchema

_NEIGHBOURS = 5


@dataclass(frozen=True)
class Shortage:
    """The training rows, and how many rows each cell is to get."""

    train: pd.DataFrame
    schema: TableSchema
    cells: Sequence[Cell]
    extra: Mapping[str, int]
    unit: Unit
    target: str
    event: Any
    made: pd.DataFrame
    """Synthetic rows for the cells."""

    def members(self) -> list[tuple[np.ndarray[Any, Any], int]]:
        """Positions of the rows that a cell's new rows resemble, and how many are to be added."""
        found = []
        for cell in self.cells:
            rows = meets(self.train, condition(cell, self.unit, self.target, self.event))
            if self.extra.get(cell.name, 0) and rows.any():
                found.append((np.flatnonzero(rows), self.extra[cell.name]))
        return found


@dataclass(frozen=True)
class TrainingSet:
    """What a model learns from: rows, and a weight for each if they differ."""

    frame: pd.DataFrame
    weights: Floats | None = None


def with_rows(short: Shortage, more: pd.DataFrame) -> TrainingSet:
    """The training rows and some more."""
    parts = [p for p in (short.train, more[list(short.train.columns)]) if len(p)]
    return TrainingSet(pd.concat(parts, ignore_index=True))


Arm = Callable[[Shortage, np.random.Generator], TrainingSet]


def none(short: Shortage, rng: np.random.Generator) -> TrainingSet:
    """The training rows as they are."""
    return TrainingSet(short.train)


def weights(short: Shortage, rng: np.random.Generator) -> TrainingSet:
    """The rows of a cell weigh as much as if the missing ones were there."""
    w = np.ones(len(short.train))
    for rows, extra in short.members():
        w[rows] *= 1 + extra / len(rows)
    return TrainingSet(short.train, w)


def oversampled(short: Shortage, rng: np.random.Generator) -> TrainingSet:
    """Real rows of each cell once more, by chance."""
    more = [rows[rng.integers(0, len(rows), extra)] for rows, extra in short.members()]
    return with_rows(
        short, short.train.iloc[np.concatenate(more)] if more else short.train.iloc[:0]
    )


def bootstrapped(short: Shortage, rng: np.random.Generator) -> TrainingSet:
    """As many real rows of any cell once more: more rows that favour nobody (negative control)."""
    more = sum(extra for _, extra in short.members())
    return with_rows(short, short.train.iloc[rng.integers(0, len(short.train), more)])


def synthetic(short: Shortage, rng: np.random.Generator) -> TrainingSet:
    """The synthetic rows made for the cells."""
    return with_rows(short, short.made)


def smote(short: Shortage, rng: np.random.Generator) -> TrainingSet:
    """SMOTE-NC: new rows between neighbours of the same cell; cells of one row are left out."""
    table = _filled(short.train, short.schema)
    cell = np.zeros(len(table.values), dtype=int)
    sizes: dict[int, int] = {}
    for place, (rows, extra) in enumerate(short.members(), start=1):
        if len(rows) > 1:
            cell[rows] = place
            sizes[place] = len(rows) + extra
    if not sizes:
        return TrainingSet(short.train)
    fewest = min(int((cell == place).sum()) for place in sizes)
    sampler = _sampler(table.nominal, table.values.shape[1])(
        sampling_strategy=sizes,
        k_neighbors=min(_NEIGHBOURS, fewest - 1),
        random_state=int(rng.integers(2**31)),
    )
    made, _ = sampler.fit_resample(table.values, cell)
    return with_rows(short, table.restored(made[len(cell) :]))


def _sampler(nominal: list[int], columns: int) -> Callable[..., Any]:
    from functools import partial

    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    mixed: Callable[..., Any] = partial(SMOTENC, categorical_features=nominal)
    alike: Callable[..., Any] = SMOTEN if nominal else SMOTE
    return mixed if 0 < len(nominal) < columns else alike


@dataclass(frozen=True)
class _Filled:
    """The table as numbers and codes; a missing number is the median, a missing level a level."""

    values: Floats
    nominal: list[int]
    levels: list[pd.Index[Any] | None]
    schema: TableSchema
    names: list[str]

    def restored(self, values: Floats) -> pd.DataFrame:
        """Rows in the form of the table."""
        columns: dict[str, Any] = {}
        for j, name in enumerate(self.names):
            levels = self.levels[j]
            if levels is None:
                columns[name] = _dates(values[:, j]) if self._is_date(name) else values[:, j]
            else:
                columns[name] = levels.take(np.rint(values[:, j]).astype(int))
        return repair(pd.DataFrame(columns), self.schema)[0]

    def _is_date(self, name: str) -> bool:
        return self.schema[name].kind == "date"


def _dates(days: Floats) -> pd.Series[Any]:
    return pd.Series(pd.to_datetime(np.round(days), unit="D"))


def _filled(frame: pd.DataFrame, schema: TableSchema) -> _Filled:
    values: list[Floats] = []
    levels: list[pd.Index[Any] | None] = []
    nominal: list[int] = []
    for j, column in enumerate(schema.columns):
        if is_number(column):
            number = numbers(frame[column.name])
            middle = np.nanmedian(number) if np.isfinite(number).any() else 0.0
            values.append(np.where(np.isnan(number), middle, number))
            levels.append(None)
        else:
            codes, found = pd.factorize(frame[column.name], use_na_sentinel=False)
            values.append(codes.astype(float))
            levels.append(pd.Index(found))
            nominal.append(j)
    return _Filled(np.column_stack(values), nominal, levels, schema, list(schema.names))


ARMS: dict[str, Arm] = {
    "none": none,
    "weights": weights,
    "oversampling": oversampled,
    "SMOTE-NC": smote,
    "bootstrap rows": bootstrapped,
    "synthetic": synthetic,
}
"""Name -> how the training rows are changed; every arm gets the same number of rows."""
