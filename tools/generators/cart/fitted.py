"""Drawing from fitted trees, and dropping rows as soon as they miss a condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthcraft.tools.generators.cart.steps import Visit
from synthcraft.tools.generators.encoding import Array, keyed_rng
from synthcraft.tools.generators.sampling import MAX_FACTOR, meets

_AT_ONCE = 200_000
"""Rows begun at a time, where no more are wanted."""


@dataclass(frozen=True)
class Made:
    """Rows made so far: encoded columns, what the trees see of them, and their strata."""

    columns: Mapping[str, Array]
    before: Array
    strata: Array

    def take(self, rows: Array) -> Made:
        """Some of the rows."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Made(columns, self.before[rows], self.strata[rows])


@dataclass(frozen=True)
class FittedCart:
    """The visits in their order, and the names of the encoded columns in that of the table."""

    visits: tuple[Visit, ...]
    names: tuple[str, ...]
    strata: str
    steers: ClassVar[bool] = True

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Draw rows column by column; under a condition, finish only rows that meet it.

        At most `MAX_FACTOR` rows are begun for one that is wanted. Where they do not suffice, the
        last ones are finished too, and the caller sees how rare the condition is.
        """
        upto = self._upto(where or {})
        made = self._begin(n, upto, where or {}, seed)
        done = self._go_on(made, upto, len(self.visits), seed, "rest")
        return pd.DataFrame({name: done.columns[name] for name in self.names})

    def _upto(self, where: Mapping[str, Any]) -> int:
        """How many columns to visit before the condition can be checked."""
        places = [at for at, visit in enumerate(self.visits) if visit.part.column.name in where]
        return max(places, default=-1) + 1

    def _begin(self, n: int, upto: int, where: Mapping[str, Any], seed: int) -> Made:
        """Rows up to the last column of the condition, those that meet it in front."""
        made = self._empty(n)
        if not upto:
            return made
        good: list[Made] = []
        kept = begun = 0
        while kept < n and begun < MAX_FACTOR * n:
            size = min(max(n, _AT_ONCE), MAX_FACTOR * n - begun, 2 * n * max(begun // n, 1))
            made = self._go_on(self._empty(size), 0, upto, seed, str(begun))
            good.append(made.take(self._meets(made, where, upto)))
            begun, kept = begun + size, kept + len(good[-1].before)
        parts = [*good, made] if kept < n else good
        return _joined(parts).take(np.arange(n))

    def _meets(self, made: Made, where: Mapping[str, Any], upto: int) -> Array:
        frame = pd.DataFrame(dict(made.columns))
        parts = [visit.part for visit in self.visits[:upto] if visit.part.column.name in where]
        decoded = pd.DataFrame({part.column.name: part.decode(frame) for part in parts})
        return meets(decoded, {name: where[name] for name in decoded.columns})

    def _empty(self, n: int) -> Made:
        before = np.empty((n, len(self.visits)), dtype="float32")
        return Made({}, before, np.zeros(n, dtype=np.int64))

    def _go_on(self, made: Made, first: int, last: int, seed: int, batch: str) -> Made:
        """Visit further columns."""
        columns, strata = dict(made.columns), made.strata
        for at in range(first, last):
            visit = self.visits[at]
            rng = keyed_rng(seed, "cart", visit.part.column.name, batch)
            new, made.before[:, at] = visit.draw(made.before[:, :at], strata, rng)
            columns |= new
            if visit.part.column.name == self.strata:
                strata = new[visit.part.code].astype(np.int64)
        return Made(columns, made.before, strata)


def _joined(parts: list[Made]) -> Made:
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns
    }
    before = np.concatenate([part.before for part in parts])
    return Made(columns, before, np.concatenate([part.strata for part in parts]))
