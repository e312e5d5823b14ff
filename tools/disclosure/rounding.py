"""The rules of what a figure may say about real people (evaluation 6.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_CELL = 10
"""People behind every figure."""
QUARTILES_FROM = 40
TAILS_FROM = 200
PAIRS_FROM = 50
MIN_DF = 10
"""Residual degrees of freedom of a model whose numbers may leave."""
STEP = 5
"""Counts and shares of levels are rounded to it."""

Floats = NDArray[np.float64]


def least_of(plan: Mapping[str, Any]) -> int:
    """People behind every number: ten, or more where the dumped evaluation plan says so."""
    return max(MIN_CELL, int(plan.get("min_cell") or 0))


def to_five(people: float) -> int:
    """A number of people to the nearest five, where it is known to be of ten or more."""
    return STEP * round(float(people) / STEP)


def count(people: float, least: int = 0) -> int | None:
    """A number of people to the nearest five; None below ten, or below a higher minimum."""
    return to_five(people) if people >= max(least, MIN_CELL) else None


def sizes_shown(sizes: Mapping[str, int], least: int = 0) -> dict[str, int]:
    """Numbers of people; one that is withheld is nought, which no table of ours has."""
    return {name: count(people, least) or 0 for name, people in sizes.items()}


def in_words(people: float, least: int = 0) -> str:
    """A number of people as it may be printed."""
    few = count(people, least) is None
    return f"under {max(least, MIN_CELL)}" if few else f"{to_five(people):,}"


def enough_df(rows: int, terms: int) -> bool:
    """Whether a model leaves enough residual degrees of freedom to be shown."""
    return rows - terms >= MIN_DF


def dominated(values: Floats) -> bool:
    """Whether one or two people make up so much of a sum or a mean that it tells of them.

    The p% rule with p = 10: all but the two largest hide the largest by less than a tenth of it;
    and the rule (2, 90): two people are over nine tenths. As in SACRO's `acro`.
    """
    sizes = np.sort(np.abs(values[~np.isnan(values)]))[::-1]
    total, two = float(sizes.sum()), float(sizes[:2].sum())
    return total > 0 and (total - two < 0.1 * sizes[0] or two > 0.9 * total)


def apart(one: int, other: int, least: int = 0) -> tuple[int | None, int | None]:
    """Both parts of a known whole, rounded; both are withheld where one is of few people."""
    shown = [count(part, least) if part else 0 for part in (one, other)]
    return (None, None) if None in shown else (shown[0], shown[1])


def missing_percent(missing: int, present: int) -> int | None:
    """Share of people without a value in whole per cent; None where either side is below ten.

    Nobody without a value is a fact about the table, not about a person.
    """
    if missing == 0:
        return 0
    if min(missing, present) < MIN_CELL:
        return None
    return round(100 * missing / (missing + present))


def significant(value: float, digits: int = 2) -> float:
    """The value with so many significant digits."""
    return float(f"{value:.{digits}g}")


def quantiles(values: Floats, digits: int = 2) -> dict[str, float]:
    """Quantiles of one value a person; each is the mean of the ten people around it.

    Quartiles from 40 people on, the 5th and 95th percentile from 200 on, so that ten people
    lie on either side as well; few significant digits; never a minimum or maximum, nor a mean
    that one or two of the ten make up.
    """
    n, ordered = len(values), np.sort(values)
    shown = {"p25": 0.25, "p50": 0.5, "p75": 0.75} if n >= QUARTILES_FROM else {}
    if n >= TAILS_FROM:
        shown = {"p5": 0.05, **shown, "p95": 0.95}
    around = {name: _around(ordered, p) for name, p in shown.items()}
    means = {name: float(ten.mean()) for name, ten in around.items() if not dominated(ten)}
    return {name: significant(mean, digits) for name, mean in means.items()}


def _around(ordered: Floats, p: float) -> Floats:
    first = round(p * (len(ordered) - 1) - (MIN_CELL - 1) / 2)
    first = min(max(first, 0), len(ordered) - MIN_CELL)
    return ordered[first : first + MIN_CELL]


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


def share_of_rounded(part: int, whole: int) -> float:
    """A share whose count cannot be worked out: both counts are to the nearest five."""
    return to_five(part) / max(to_five(whole), STEP)


def share(part: int, whole: int) -> int:
    """Per cent to the nearest five."""
    return STEP * round(100 * part / whole / STEP)


def strength(association: float) -> str:
    """How strongly two columns go together, in a word."""
    size = abs(association)
    limits = ((0.1, "none"), (0.3, "weak"), (0.5, "moderate"))
    return next((word for limit, word in limits if size < limit), "strong")
