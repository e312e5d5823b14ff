"""Sensitivity of U3's real regression: does it hinge on rows counting alike, or being complete?"""

from __future__ import annotations

import numpy as np

from synthcraft.tools.inference.compare import Comparison
from synthcraft.tools.inference.sensitivity import Alternative, Estimated, design_based, imputed
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.inference import of_model
from synthcraft.tools.metrics.registry import metric


def _values(found: Comparison, other: Alternative) -> list[Value]:
    """The largest shift, and a row for each coefficient with what the other analysis finds."""
    shift = np.abs(other.shift(found))
    if other.real is None:
        return [Value(0.0, message=other.said)]
    worst = int(np.nanargmax(shift))
    sides = {"real": other.real, "synthetic": other.synthetic}
    rows = [
        Value(
            float(shift[i]),
            column=term.column,
            group=term.level,
            estimates={k: _scaled(v, i, found.scale[i]) for k, v in sides.items() if v is not None},
        )
        for i, term in enumerate(found.terms)
        if np.isfinite(shift[i])
    ]
    return [Value(float(shift[worst]), message=f"Term: {found.terms[worst]}. {other.said}"), *rows]


def _scaled(of: Estimated, i: int, scale: float) -> tuple[float, float, float]:
    low, high = of.interval
    return float(of.beta[i] * scale), float(low[i] * scale), float(high[i] * scale)


@metric(
    "inference.design_based",
    family="utility",
    title="Real estimates under the survey design",
    explanation="Under two: the unweighted analysis says what the survey's own analysis says.",
    needs=("target", "rows"),
)
@of_model
def by_design(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Largest |design-based - main| real coefficient in main standard errors, 0 upwards.

    Described, never judged: it speaks of the real analysis. Rows hold the design-based estimates
    and intervals, numeric terms per real standard deviation. Source: evaluation P2.
    """
    return _values(found, design_based(ctx))


@metric(
    "inference.imputed",
    family="utility",
    title="Real estimates with missing cells imputed",
    explanation="Under two: leaving out incomplete rows does not change the real analysis.",
    needs=("target", "rows"),
)
@of_model
def by_imputation(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Largest |imputed - complete-case| real coefficient in main standard errors, 0 upwards.

    Described, never judged. Rows as those of `inference.design_based`. Source: evaluation P2.
    """
    return _values(found, imputed(ctx))
