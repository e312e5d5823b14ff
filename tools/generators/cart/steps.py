"""The steps of the synthesis: which people may lend a value, and what a drawn value becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.cart.curve import Curve, curve, scores
from synthcraft.tools.generators.cart.order import Part
from synthcraft.tools.generators.cart.trees import Forest, Leaves, gather, grow
from synthcraft.tools.generators.encoding import Array, EncodedTable, Levels, keyed_rng

MISSING = -9.0
"""Stands below every normal score, so that one split parts those with no number."""
MAX_CLASSES = 40
"""Levels that a tree tells apart; the rarer ones share a class and are told apart in the leaf."""


@dataclass(frozen=True)
class Step:
    """An encoded column: trees over the columns before it, and its donors by leaf."""

    code: str
    forest: Forest
    leaves: Leaves
    smoothing: float = 0.0
    """0 for codes."""
    curve: Curve | None = None
    """None for codes."""
    classes: Array | None = None
    """The class of each level, as later trees see it; None for numbers."""

    def draw(self, before: Array, strata: Array, rng: np.random.Generator) -> Array:
        """Codes or normal scores for rows made so far."""
        return self.leaves.draw(self.forest.leaves(before, strata), self.smoothing, rng)


@dataclass(frozen=True)
class Visit:
    """One column of the table: whether its number is missing, then its value."""

    part: Part
    value: Step
    missing: Step | None = None

    @property
    def name(self) -> str:
        """Name of the column in the table."""
        return self.part.column.name

    def draw(
        self, before: Array, strata: Array, rng: np.random.Generator
    ) -> tuple[dict[str, Array], Array]:
        """The encoded columns, and what later trees see of them."""
        drawn = self.value.draw(before, strata, rng)
        if self.value.classes is not None:
            return {self.value.code: drawn}, self.value.classes[drawn.astype(int)]
        assert self.value.curve is not None
        made = {self.value.code: self.value.curve.values(drawn)}
        if self.missing is None:
            return made, drawn
        gone = self.missing.draw(before, strata, rng)
        return made | {self.missing.code: gone}, np.where(gone > 0, MISSING, drawn)


@dataclass(frozen=True)
class Training:
    """What a step is fitted on: the table, the parameters, the seed, the stratum of each row."""

    table: EncodedTable
    params: Mapping[str, Any]
    seed: int
    strata: Array

    @property
    def people(self) -> int:
        """People that must stand behind whatever is drawn."""
        return int(self.params["min_leaf"])

    def visit(self, part: Part, before: Array) -> tuple[Visit, Array]:
        """Fit one column, and say what later trees see of it.

        Raises:
            JobError: no level is shared by enough people.
        """
        if isinstance(part, Levels):
            step = self._levels(part, before)
            assert step.classes is not None
            return Visit(part, step), step.classes[self._column(part.code)]
        values = self._column(part.code)
        if not part.indicator:
            step, scored = self._numbers(
                part.code, values, np.ones(len(values), dtype=bool), before
            )
            return Visit(part, step), scored
        gone = self._column(part.indicator)
        seen = gone == 0
        if seen.sum() < self.people:  # too few numbers to show any
            gone, seen = np.ones_like(gone), np.ones_like(seen)
        missing = self._step(
            part.indicator, gone, np.ones(len(gone), dtype=bool), before, coded=True
        )
        step, scored = self._numbers(part.code, values, seen, before)
        return Visit(part, step, missing), np.where(gone > 0, MISSING, scored)

    def _numbers(self, code: str, values: Array, seen: Array, before: Array) -> tuple[Step, Array]:
        scored = np.full(len(values), MISSING)
        scored[seen] = scores(values[seen], keyed_rng(self.seed, "ties", code))
        shown = curve(values[seen], self.people)
        smoothing = float(self.params["smoothing"])
        step = self._step(code, scored, seen, before, coded=False)
        return Step(code, step.forest, step.leaves, smoothing, shown), scored

    def _levels(self, part: Levels, before: Array) -> Step:
        codes = self._column(part.code)
        counts = np.bincount(codes, minlength=len(part.values))
        common = counts >= self.people
        if self.params["rare_levels"] == "keep" or len(part.values) <= 2:
            common = counts > 0
        if not common.any():
            raise JobError(
                f"No value of {part.column.name!r} is shared by {self.people} people.",
                "Drop the column, lower `min_leaf`, or set `rare_levels` to `keep`.",
            )
        classes = _classes(counts)
        step = self._step(part.code, codes, common[codes], before, coded=True, classes=classes)
        return Step(part.code, step.forest, step.leaves, classes=classes)

    def _step(
        self, code: str, values: Array, lending: Array, before: Array, *, coded: bool,
        classes: Array | None = None,
    ) -> Step:  # fmt: skip
        """Trees and leaves of the people who may lend a value."""
        target = values if classes is None else classes[values]
        seed = int(keyed_rng(self.seed, "tree", code).integers(2**31))
        rows, strata = before[lending], self.strata[lending]
        forest = grow(rows, target[lending], strata, self.params, coded=coded, seed=seed)
        return Step(code, forest, gather(values[lending], forest.leaves(rows, strata)))

    def _column(self, code: str) -> Array:
        return self.table.frame[code].to_numpy()


def _classes(counts: Array) -> Array:
    """Each level's class: its own code, or one for all but the most frequent of very many."""
    classes = np.arange(len(counts))
    if len(counts) > MAX_CLASSES:
        often = np.sort(np.argsort(-counts, kind="stable")[: MAX_CLASSES - 1])
        classes = np.full(len(counts), len(often))
        classes[often] = np.arange(len(often))
    return classes
