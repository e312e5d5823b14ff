"""V6: does the file repeat rare combinations, and does it give away what belongs to them?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.excess import Excess, judged, rate, shares
from synthcraft.tools.privacy.keys import Codes, binned, keys
from synthcraft.tools.privacy.known import assumption, known, sensitive

Bools = NDArray[np.bool_]


@metric(
    "privacy.disclosive_uniques",
    family="privacy_metrics",
    title="Repeated rare combinations",
    explanation="Near zero: rare people of the training data are repeated no more than others.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout", "separate"),
)
def disclosive_uniques(ctx: EvalContext) -> list[Value]:
    """V6: largest excess, training over held-back people, of repU and of DiSCO per column.

    repU: unique among all real people in what the attacker knows, and unique in the file. DiSCO:
    all synthetic rows with that combination share one sensitive value, and it is the person's.
    -1 to 1, ideal 0. Numbers with over 20 values in ten bins. Source: evaluation 4.5; Raab 2024.
    """
    members, key = len(ctx.train), keys(ctx, known(ctx))
    textbook = np.bincount(key.real[:members], minlength=key.size) == 1
    once = key.counts(key.synthetic) == 1
    found = (textbook & once)[key.real[:members]].sum()
    repeated = ((key.counts(key.real) == 1) & once)[key.real]
    parts = [_excess(repeated, members, group="unique in both tables")]
    for column in sensitive(ctx):
        key = keys(ctx, known(ctx, column.name))
        correct = _disclosed(key, binned(ctx, column))
        parts.append(_excess(correct, members, column=column.name))
    note = f"Unique in the training data and in the file (repU): {rate(found, members)} of rows."
    return judged(parts, f"{note} {assumption(ctx)}")


def _excess(
    hit: Bools, members: int, column: str | None = None, group: str | None = None
) -> Excess:
    inside, outside = hit[:members], hit[members:]
    return shares(
        float(inside.mean()), len(inside), float(outside.mean()), len(outside), column, group
    )


def _disclosed(key: Codes, value: Codes) -> Bools:
    """Real rows whose combination has one value in the file, and it is theirs."""
    lowest = np.full(key.size, np.iinfo(np.int64).max)
    highest = np.full(key.size, -1)
    np.minimum.at(lowest, key.synthetic, value.synthetic)
    np.maximum.at(highest, key.synthetic, value.synthetic)
    same = lowest == highest
    return np.asarray(same[key.real] & (highest[key.real] == value.real))
