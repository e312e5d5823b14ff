"""Sequential CART: each column is drawn from the leaf of a tree over the columns before it.

The method of Reiter (2005), as the synthpop package made it known, in our own few lines. Codes of
levels get a classification tree, numbers a regression tree; a value is drawn among the training
rows of the leaf and numbers are blurred a little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from synthcraft.tools.generators.base import GeneratorSpec, Progress, generator_backend
from synthcraft.tools.generators.encoding import Array, EncodedTable, keyed_rng


@dataclass(frozen=True)
class Step:
    """One column: its tree (none for the first), and the training values by leaf."""

    name: str
    tree: Any
    leaves: Array
    """Leaf of each training row, sorted."""
    values: Array
    """Training values in the same order."""
    smoothing: float
    """0 for codes."""

    def draw(self, made: Array, rng: np.random.Generator) -> Array:
        """A value for each row of what was made so far."""
        at = self.tree.apply(made) if self.tree is not None else np.zeros(len(made), dtype=int)
        start = np.searchsorted(self.leaves, at, "left")
        size = np.searchsorted(self.leaves, at, "right") - start
        drawn: Array = self.values[start + (rng.random(len(made)) * size).astype(int)].astype(float)
        if not self.smoothing:
            return drawn
        return self._blur(drawn, at, rng)

    def _blur(self, drawn: Array, at: Array, rng: np.random.Generator) -> Array:
        """Noise in proportion to the spread inside the leaf, inside the observed range."""
        groups = pd.Series(self.values.astype(float)).groupby(self.leaves)
        width = groups.std(ddof=0).reindex(at).to_numpy()
        blurred = drawn + rng.normal(size=len(drawn)) * width * self.smoothing
        inside: Array = np.clip(blurred, self.values.min(), self.values.max())
        return inside


@dataclass(frozen=True)
class FittedCart:
    """The steps in column order."""

    steps: tuple[Step, ...]

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """Draw rows, column by column."""
        made = np.empty((n, len(self.steps)), dtype="float32")
        columns = {}
        for position, step in enumerate(self.steps):
            drawn = step.draw(made[:, :position], keyed_rng(seed, "cart", step.name))
            made[:, position] = drawn
            columns[step.name] = drawn
        return pd.DataFrame(columns)


class Cart:
    """The generator."""

    def __init__(self, spec: GeneratorSpec) -> None:
        self.spec = spec

    def fit(
        self, table: EncodedTable, params: Mapping[str, Any], seed: int, progress: Progress
    ) -> FittedCart:
        """Grow one tree a column."""
        frame = table.frame
        rows = frame.to_numpy(dtype="float32")
        steps = []
        for position, name in enumerate(frame.columns):
            progress(position / len(frame.columns), f"tree {position + 1} of {len(frame.columns)}")
            steps.append(_grow(table, rows[:, :position], str(name), params, seed))
        return FittedCart(tuple(steps))


def _grow(
    table: EncodedTable, before: Array, name: str, params: Mapping[str, Any], seed: int
) -> Step:
    values = table.frame[name].to_numpy()
    coded = name in table.codes
    tree, leaves = None, np.zeros(len(values), dtype=int)
    if before.shape[1]:
        kind = DecisionTreeClassifier if coded else DecisionTreeRegressor
        random_state = int(keyed_rng(seed, "tree", name).integers(2**31))
        tree = kind(
            min_samples_leaf=params["min_leaf"],
            max_depth=params["max_depth"],
            random_state=random_state,
        ).fit(before, values)
        leaves = tree.apply(before)
    order = np.argsort(leaves, kind="stable")
    smoothing = 0.0 if coded else float(params["smoothing"])
    return Step(name, tree, leaves[order], values[order], smoothing)


generator_backend("cart")(Cart)
