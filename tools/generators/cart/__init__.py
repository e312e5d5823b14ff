"""Sequential CART: each column is drawn from the leaf of a tree over the columns before it.

The method of Reiter (2005), as the synthpop package made it known, with `min_leaf` = k as a
control of disclosure. Nothing is shown that fewer than k people stand behind:

- every leaf drawn from holds at least k training rows, the whole table for the first column;
- a level of fewer than k people is not drawn, unless the column has two levels only;
- a number of which fewer than k people have one is always missing;
- numbers return from ranks through a curve on which every point is the mean of k people or a
  value that k people share, so that no single extreme comes back (`curve`).

Where columns are many for so few people, numbers ask for more of both (`crowding`), and no person
may count for more on a line than one of so many columns (`line`).

Ranks of numbers first follow a straight line through the columns before, and the trees take what is
left: correlated numbers need no deep trees. `evidence` keeps the trees from splits that chance
would bring, which would repeat who was in the table.

A row counts as a person. This is a control, no guarantee: test the result like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.base import GeneratorSpec, Progress, generator_backend
from synthcraft.tools.generators.cart.fitted import FittedCart
from synthcraft.tools.generators.cart.fitting import Training
from synthcraft.tools.generators.cart.order import is_straight, part_named, visits
from synthcraft.tools.generators.encoding import Array, EncodedTable, Levels

__all__ = ["Cart", "FittedCart"]
MAX_STRATA = 50


class Cart:
    """The generator."""

    def __init__(self, spec: GeneratorSpec) -> None:
        self.spec = spec

    def fit(
        self, table: EncodedTable, params: Mapping[str, Any], seed: int, progress: Progress
    ) -> FittedCart:
        """Visit the columns, and grow the trees of each over those before.

        Raises:
            JobError: too few rows, a named column that does not fit, or nothing that may be shown.
        """
        if len(table.frame) < params["min_leaf"]:
            raise JobError(
                f"The table has fewer rows than the {params['min_leaf']} people of a leaf.",
                "Lower `min_leaf`, or give it more rows.",
            )
        parts = visits(table, params)
        strata = _strata(table, params["strata"])
        straight = np.array([params["lines"] and is_straight(part) for part in parts])
        training = Training(table, params, seed, strata, straight)
        before = np.empty((len(table.frame), len(parts)), dtype="float32")
        fitted = []
        for at, part in enumerate(parts):
            progress(at / len(parts), f"tree {at + 1} of {len(parts)}")
            visit, before[:, at] = training.visit(part, before[:, :at])
            fitted.append(visit)
        return FittedCart(tuple(fitted), tuple(table.frame.columns), params["strata"])


def _strata(table: EncodedTable, name: str) -> Array:
    """The stratum of each row; one for all where none are asked for."""
    part = part_named(list(table.columns), name)
    if part is None:
        return np.zeros(len(table.frame), dtype=np.int64)
    if not isinstance(part, Levels) or len(part.values) > MAX_STRATA:
        raise JobError(
            f"{name[:60]!r} cannot part the table: it has more than {MAX_STRATA} levels.",
            "Choose a column of few levels, or none.",
        )
    codes: Array = table.frame[part.code].to_numpy()
    return codes


generator_backend("cart")(Cart)
