"""How strongly pairs of columns go together, on one scale from 0 to 1."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict

from synthcraft.tools.table_schema import Kind, TableSchema

MAX_ROWS = 20_000
MAX_PAIRS = 50
WEAK = 0.1
MIN_PAIRED = 30
_NUMBERS: tuple[Kind, ...] = ("numeric", "integer", "date")
_LEVELS: tuple[Kind, ...] = ("binary", "category")

Measure = Literal["spearman", "cramers_v", "correlation_ratio"]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


class Pair(BaseModel):
    """One pair of columns; only Spearman's correlation has a sign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    second: str
    measure: Measure
    value: float


class Associations(BaseModel):
    """The strongest pairs, strongest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: tuple[Pair, ...]
    rows_used: int


def associations(frame: pd.DataFrame, schema: TableSchema) -> Associations:
    """Spearman for numbers, Cramér's V (bias-corrected) for levels, correlation ratio between.

    Large tables are thinned to every k-th row; pairs with fewer than 30 complete rows, and pairs
    weaker than 0.1, are left out.
    """
    used = frame.iloc[:: max(1, -(-len(frame) // MAX_ROWS))]
    ranks = {
        c.name: used[c.name].rank().to_numpy(dtype=float, na_value=np.nan)
        for c in schema.columns
        if c.kind in _NUMBERS
    }
    codes = {
        c.name: pd.factorize(used[c.name])[0].astype(np.int64)
        for c in schema.columns
        if c.kind in _LEVELS
    }
    pairs = [*_spearman(used, ranks), *_cramers_v(codes), *_correlation_ratios(codes, ranks)]
    strong = [pair for pair in pairs if abs(pair.value) >= WEAK]
    strong.sort(key=lambda pair: (-abs(pair.value), pair.first, pair.second))
    return Associations(pairs=tuple(strong[:MAX_PAIRS]), rows_used=len(used))


def _spearman(used: pd.DataFrame, ranks: dict[str, Floats]) -> list[Pair]:
    table = pd.DataFrame(ranks, index=used.index).corr(min_periods=MIN_PAIRED).to_numpy()
    names = list(ranks)
    return [
        Pair(first=names[i], second=names[j], measure="spearman", value=float(table[i, j]))
        for i, j in combinations(range(len(names)), 2)
        if not np.isnan(table[i, j])
    ]


def _cramers_v(codes: dict[str, Codes]) -> list[Pair]:
    return [
        Pair(first=a, second=b, measure="cramers_v", value=cramers_v(codes[a], codes[b]))
        for a, b in combinations(codes, 2)
    ]


def _correlation_ratios(codes: dict[str, Codes], ranks: dict[str, Floats]) -> list[Pair]:
    return [
        Pair(first=a, second=b, measure="correlation_ratio", value=correlation_ratio(c, r))
        for a, c in codes.items()
        for b, r in ranks.items()
    ]


def cramers_v(first: Codes, second: Codes) -> float:
    """Bias-corrected Cramér's V in [0, 1] of two code arrays, -1 = missing (Bergsma 2013)."""
    both = (first >= 0) & (second >= 0)
    n = int(both.sum())
    if n < MIN_PAIRED:
        return 0.0
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    cells = np.bincount(first[both] * columns + second[both], minlength=rows * columns)
    table = cells.reshape(rows, columns).astype(float)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    r, k = table.shape
    corrected = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return min(1.0, float(np.sqrt(corrected / smaller))) if smaller > 0 else 0.0


def correlation_ratio(codes: Codes, numbers: npt.NDArray[Any]) -> float:
    """Share of the spread of the (rank) numbers that lies between levels, as a root in [0, 1]."""
    both = (codes >= 0) & ~np.isnan(numbers)
    if int(both.sum()) < MIN_PAIRED:
        return 0.0
    levels, values = codes[both], numbers[both] - numbers[both].mean()
    counts = np.bincount(levels)
    sums = np.bincount(levels, weights=values)
    present = counts > 0
    between = float((sums[present] ** 2 / counts[present]).sum())
    total = float((values**2).sum())
    return float(np.sqrt(between / total)) if total > 0 else 0.0
