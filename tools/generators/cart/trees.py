"""One column given those before it: a tree, and the people behind each of its leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from synthcraft.tools.generators.encoding import Array

COMMON = -1
"""Stands for the tree of all strata."""


@dataclass(frozen=True)
class Forest:
    """A tree for each stratum; a single one without strata, none for the first column.

    Attributes:
        trees: by stratum; `COMMON` serves the strata that have no tree of their own.
        starts: number of the first node of each tree.
    """

    trees: Mapping[int, Any]
    starts: Mapping[int, int]

    def leaves(self, before: Array, strata: Array) -> Array:
        """Number of the leaf of each row, unlike in all trees."""
        found = np.zeros(len(before), dtype=np.int64)
        own = np.where(np.isin(strata, list(self.trees)), strata, COMMON)
        for stratum, tree in self.trees.items():
            if (rows := own == stratum).any():
                found[rows] = self.starts[stratum] + tree.apply(before[rows])
        return found

    def donors(self, before: Array, strata: Array) -> tuple[Array, Array]:
        """Who lends and in which leaf: everybody in the common tree, and in that of a stratum."""
        own = np.isin(strata, list(self.trees)).nonzero()[0]
        common = self.leaves(before, np.full(len(before), COMMON))
        apart = self.leaves(before[own], strata[own])
        return np.concatenate([np.arange(len(before)), own]), np.concatenate([common, apart])


def grow(
    before: Array,
    target: Array,
    strata: Array,
    params: Mapping[str, Any],
    *,
    coded: bool,
    seed: int,
) -> Forest:
    """Trees of the rows that may be drawn, each leaf with at least `min_leaf` of them."""
    if not before.shape[1]:
        return Forest({}, {})
    kind = DecisionTreeClassifier if coded else DecisionTreeRegressor
    levels, counts = np.unique(strata, return_counts=True)
    alone = levels[counts >= params["min_leaf"]] if len(levels) > 1 else levels[:0]
    groups = {COMMON: np.ones(len(target), dtype=bool)} | {int(s): strata == s for s in alone}
    trees, starts, nodes = {}, {}, 0
    for stratum, rows in groups.items():
        tree = kind(
            min_samples_leaf=params["min_leaf"],
            max_depth=params["max_depth"],
            random_state=seed,
            min_impurity_decrease=_gain(target[rows], params["evidence"], coded=coded),
        ).fit(before[rows], target[rows])
        trees[stratum], starts[stratum] = tree, nodes
        nodes += tree.tree_.node_count
    return Forest(trees, starts)


def _gain(target: Array, evidence: float, *, coded: bool) -> float:
    """What a split must bring, in sklearn's weighting: `evidence` people's worth of impurity.

    A split on noise brings about one; the best of many, several. What such splits would bring
    back is who was in the table, not how its columns relate.
    """
    if coded:
        shares = np.unique(target, return_counts=True)[1] / len(target)
        impurity = 1.0 - float((shares**2).sum())
    else:
        impurity = float(target.var())
    return evidence * impurity / len(target)


@dataclass(frozen=True)
class Leaves:
    """The donors of each leaf, side by side.

    Attributes:
        values: codes or normal scores of all donors, sorted by leaf.
        start: place of the first donor of each leaf.
        size: donors of each leaf.
    """

    values: Array
    start: Array
    size: Array

    def draw(self, at: Array, smoothing: float, rng: np.random.Generator) -> Array:
        """A donor's value for each leaf asked for.

        Noise is added in proportion to the spread in the leaf, and the sum drawn towards the
        leaf's mean so that its variance stays (Silverman 1986, 6.4).
        """
        place = self.start[at] + (rng.random(len(at)) * self.size[at]).astype(int)
        drawn: Array = self.values[place]
        if not smoothing:
            return drawn
        mean, spread = self._moments()
        noise = rng.normal(size=len(at)) * spread[at] * smoothing
        blurred: Array = mean[at] + (drawn - mean[at] + noise) / np.hypot(1.0, smoothing)
        return blurred

    def _moments(self) -> tuple[Array, Array]:
        """Mean and standard deviation in each leaf."""
        leaf = np.repeat(np.arange(len(self.size)), self.size)
        people = np.maximum(self.size, 1)
        mean = np.bincount(leaf, self.values, len(self.size)) / people
        squares = np.bincount(leaf, (self.values - mean[leaf]) ** 2, len(self.size)) / people
        return mean, np.sqrt(squares)


def gather(values: Array, leaf: Array) -> Leaves:
    """Sort donors by leaf."""
    size = np.bincount(leaf)
    return Leaves(values[np.argsort(leaf, kind="stable")], np.cumsum(size) - size, size)
