"""F6: how far the propensity of a tree is from that of rows that cannot be told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.mixture import mixture
from synthcraft.tools.metrics.registry import metric

_PERMUTATIONS = 20


def _tree(nominal: list[int]) -> Any:
    # one round of boosting squared error at full rate is a CART: leaves hold shares of the label
    return HistGradientBoostingRegressor(
        max_iter=1, learning_rate=1.0, max_leaf_nodes=31, min_samples_leaf=20,
        categorical_features=nominal or None, early_stopping=False,
    )  # fmt: skip


def pmse(x: Floats, y: NDArray[np.float64], nominal: list[int]) -> float:
    """Mean squared distance of the tree's propensities from the share of synthetic rows."""
    propensity = _tree(nominal).fit(x, y).predict(x)
    return float(((propensity - y.mean()) ** 2).mean())


@metric(
    "detectability.pmse_ratio",
    family="detectability",
    title="Propensity score ratio (tree)",
    explanation="Near 1: a tree separates the tables no better than two random halves.",
    direction="target",
    ideal=1.0,
    floor="A3",
    needs=("rows",),
)
def pmse_ratio(ctx: EvalContext) -> list[Value]:
    """Mean squared propensity error over its mean under 20 permutations of the label, 0 upwards.

    Ideal 1; far below 1 means rows more alike than chance, as copies are. Identical rounding; at
    most 5,000 rows of each. The floor is uniform: between tables of equal marginals a tree finds
    no first split. Source: evaluation 4.2, F6.
    """
    both, rng = mixture(ctx), ctx.rng("pmse")
    x, y, nominal = both.plain, both.synthetic.astype(float), both.nominal
    null = [pmse(x, rng.permutation(y), nominal) for _ in range(_PERMUTATIONS)]
    middle, spread = float(np.mean(null)), float(np.std(null, ddof=1))
    if middle <= 0:
        return [Value(None, message="There are too few rows, or none that differ, for a tree.")]
    ratio, error = pmse(x, y, nominal) / middle, spread / middle
    return [
        Value(
            ratio,
            ci=(ratio - 1.96 * error, ratio + 1.96 * error),
            ci_method="normal, SD of the permutation null",
            message=f"{(ratio - 1) / error:.1f} SD of the null above it." if error > 0 else "",
        )
    ]
