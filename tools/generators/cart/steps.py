"""What a fitted column draws: a level, or a number that may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synthcraft.tools.generators.cart.curve import Curve
from synthcraft.tools.generators.cart.line import MISSING, Line
from synthcraft.tools.generators.cart.order import Part
from synthcraft.tools.generators.cart.trees import Forest, Leaves
from synthcraft.tools.generators.encoding import Array


@dataclass(frozen=True)
class Step:
    """Trees over the columns before, and the donors in their leaves."""

    forest: Forest
    leaves: Leaves

    def draw(
        self, before: Array, strata: Array, rng: np.random.Generator, smoothing: float = 0.0
    ) -> Array:
        """A donor's value for each row made so far."""
        return self.leaves.draw(self.forest.leaves(before, strata), smoothing, rng)


class Visit(Protocol):
    """One fitted column of the table."""

    @property
    def part(self) -> Part:
        """How the column is encoded."""
        ...

    def draw(
        self, before: Array, strata: Array, rng: np.random.Generator
    ) -> tuple[Mapping[str, Array], Array]:
        """Draw the column.

        Args:
            before: what trees see of the columns before, rows by columns.
            strata: the stratum of each row.
            rng: for every draw.

        Returns:
            The encoded columns, and what later trees see of them.
        """
        ...


@dataclass(frozen=True)
class LevelVisit:
    """A column of levels."""

    part: Part
    step: Step
    classes: Array
    """The class of each level, as later trees see it."""

    def draw(
        self, before: Array, strata: Array, rng: np.random.Generator
    ) -> tuple[Mapping[str, Array], Array]:
        """Codes, and their classes."""
        codes = self.step.draw(before, strata, rng)
        return {self.part.code: codes}, self.classes[codes]


@dataclass(frozen=True)
class NumberVisit:
    """A column of numbers: whether one is missing, then a normal score, then its number."""

    part: Part
    trend: Line
    step: Step
    smoothing: float
    curve: Curve
    indicator: str = ""
    missing: Step | None = None
    """Draws the indicator; None where no number is missing."""

    def draw(
        self, before: Array, strata: Array, rng: np.random.Generator
    ) -> tuple[Mapping[str, Array], Array]:
        """Numbers with their indicator, and their scores."""
        scored = self.trend.at(before) + self.step.draw(before, strata, rng, self.smoothing)
        columns = {self.part.code: self.curve.values(scored)}
        if self.missing is None:
            return columns, scored
        gone = self.missing.draw(before, strata, rng)
        return columns | {self.indicator: gone}, np.where(gone > 0, MISSING, scored)
