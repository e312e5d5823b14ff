"""The rules of what a figure may say about real people (evaluation 6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_CELL = 10
"""People behind every figure."""
QUARTILES_FROM = 40
TAILS_FROM = 200
PAIRS_FROM = 50
STEP = 5
"""Counts and shares of levels are rounded to it."""

Floats = NDArray[np.float64]


def count(people: int) -> int | None:
    """A number of people to the nearest five; None below ten."""
    return STEP * round(people / STEP) if people >= MIN_CELL else None


def missing_percent(missing: int, present: int) -> int | None:
    """Share of people without a value in whole per cent; None where either side is below ten.

    Nobody without a value is a fact about the table, not about a person.
    """
    if missing == 0:
        return 0
    if min(missing, present) < MIN_CELL:
        return None
    return round(100 * missing / (missing + present))


def two_digits(value: float) -> float:
    """The value with two significant digits."""
    return float(f"{value:.2g}")


def quantiles(values: Floats) -> dict[str, float]:
    """Quantiles of one value a person; each is the mean of the ten people around it.

    Quartiles from 40 people on, the 5th and 95th percentile from 200 on, so that ten people
    lie on either side as well; two significant digits; never a minimum or maximum.
    """
    n, ordered = len(values), np.sort(values)
    shown = {"p25": 0.25, "p50": 0.5, "p75": 0.75} if n >= QUARTILES_FROM else {}
    if n >= TAILS_FROM:
        shown = {"p5": 0.05, **shown, "p95": 0.95}
    return {name: two_digits(_around(ordered, p)) for name, p in shown.items()}


def _around(ordered: Floats, p: float) -> float:
    first = round(p * (len(ordered) - 1) - (MIN_CELL - 1) / 2)
    first = min(max(first, 0), len(ordered) - MIN_CELL)
    return float(ordered[first : first + MIN_CELL].mean())


def shown_levels(counts: Sequence[tuple[Any, int]]) -> tuple[list[tuple[Any, int]], int]:
    """Levels with ten people or more, the largest first, and the people of all others.

    Where a level is hidden the next one goes with it, and more until ten people are hidden, so
    that nobody can be found by subtraction.
    """
    ordered = sorted(counts, key=lambda item: (-item[1], str(item[0])))
    shown = [item for item in ordered if item[1] >= MIN_CELL]
    hidden = [item for item in ordered if item[1] < MIN_CELL]
    while hidden and shown and (len(hidden) < 2 or sum(n for _, n in hidden) < MIN_CELL):
        hidden.append(shown.pop())
    return shown, sum(n for _, n in hidden)


def share(part: int, whole: int) -> int:
    """Per cent to the nearest five."""
    return STEP * round(100 * part / whole / STEP)


def strength(association: float) -> str:
    """How strongly two columns go together, in a word."""
    size = abs(association)
    limits = ((0.1, "none"), (0.3, "weak"), (0.5, "moderate"))
    return next((word for limit, word in limits if size < limit), "strong")
