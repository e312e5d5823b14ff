"""Fitting one column: which people may lend a value, and the trees over the columns before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.cart.curve import curve, scores
from synthcraft.tools.generators.cart.line import MISSING, line
from synthcraft.tools.generators.cart.order import Part
from synthcraft.tools.generators.cart.steps import LevelVisit, NumberVisit, Step, Visit
from synthcraft.tools.generators.cart.trees import gather, grow
from synthcraft.tools.generators.encoding import Array, EncodedTable, Levels, Number, keyed_rng

MAX_CLASSES = 40
"""Levels that a tree tells apart; the rarer ones share a class and are told apart in the leaf."""


@dataclass(frozen=True)
class Training:
    """What columns are fitted on.

    Attributes:
        strata: the stratum of each row.
        straight: whether each visited column may enter a line.
    """

    table: EncodedTable
    params: Mapping[str, Any]
    seed: int
    strata: Array
    straight: Array

    @property
    def people(self) -> int:
        """People that must stand behind whatever is drawn."""
        return int(self.params["min_leaf"])

    @property
    def crowding(self) -> float:
        """Columns for each group of people that may be shown, at least 1.

        Where it is above 1, what all columns show together would tell who was in the table, so
        that numbers ask for more people and more evidence.
        """
        return max(1.0, len(self.straight) * self.people / len(self.strata))

    def visit(self, part: Part, before: Array) -> tuple[Visit, Array]:
        """Fit one column, and say what later trees see of it.

        Raises:
            JobError: no level is shared by enough people.
        """
        return (
            self._levels(part, before) if isinstance(part, Levels) else self._number(part, before)
        )

    def _levels(self, part: Levels, before: Array) -> tuple[Visit, Array]:
        codes = self._column(part.code)
        counts = np.bincount(codes, minlength=len(part.values))
        keep = self.params["rare_levels"] == "keep" or len(counts) <= 2
        common = counts >= (1 if keep else self.people)
        if not common.any():
            raise JobError(
                f"No value of {part.column.name!r} is shared by {self.people} people.",
                "Drop the column, lower `min_leaf`, or set `rare_levels` to `keep`.",
            )
        classes = _classes(counts)
        seen = classes[codes]
        step = self._step(part.code, codes, common[codes], before, classes=seen)
        return LevelVisit(part, step, classes), seen

    def _number(self, part: Number, before: Array) -> tuple[Visit, Array]:
        values, everybody = self._column(part.code), np.ones(len(before), dtype=bool)
        gone = self._column(part.indicator) if part.indicator else np.zeros(len(before), dtype=int)
        if (gone == 0).sum() < self.people:  # too few numbers to show any
            gone = np.ones_like(gone)
        seen = gone == 0 if (gone == 0).any() else everybody
        scored = np.full(len(values), MISSING)
        scored[seen] = scores(values[seen], keyed_rng(self.seed, "ties", part.code))
        straight = self.straight[: before.shape[1]].nonzero()[0]
        trend = line(before[seen], scored[seen], straight, 1 / len(self.straight))
        step = self._step(part.code, scored - trend.at(before), seen, before)
        missing = (
            self._step(part.indicator, gone, everybody, before, classes=gone)
            if part.indicator
            else None
        )
        behind = min(round(self.crowding * self.people), int(seen.sum()))
        width, shown = float(self.params["smoothing"]), curve(values[seen], behind)
        visit = NumberVisit(part, trend, step, width, shown, part.indicator, missing)
        return visit, np.where(gone > 0, MISSING, scored)

    def _step(
        self,
        name: str,
        values: Array,
        lending: Array,
        before: Array,
        *,
        classes: Array | None = None,
    ) -> Step:
        """Trees and leaves of the people who may lend a value; without classes it is a number."""
        target = values if classes is None else classes
        seed = int(keyed_rng(self.seed, "tree", name).integers(2**31))
        rows, strata = before[lending], self.strata[lending]
        coded = classes is not None
        evidence = self.params["evidence"] * (1.0 if coded else self.crowding)
        params = {**self.params, "evidence": evidence}
        forest = grow(rows, target[lending], strata, params, coded=coded, seed=seed)
        donors, leaf = forest.donors(rows, strata)
        return Step(forest, gather(values[lending][donors], leaf))

    def _column(self, code: str) -> Array:
        return self.table.frame[code].to_numpy()


def _classes(counts: Array) -> Array:
    """Each level's class: its own code, or one for all but the most frequent of very many."""
    if len(counts) <= MAX_CLASSES:
        return np.arange(len(counts))
    often = np.sort(np.argsort(-counts, kind="stable")[: MAX_CLASSES - 1])
    classes = np.full(len(counts), len(often))
    classes[often] = np.arange(len(often))
    return classes
