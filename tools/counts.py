"""What was learnt, as integer millionths under names: sums are exact in any order."""

from __future__ import annotations

from collections.abc import Mapping

Counts = dict[str, tuple[int, int]]
MICRO = 1_000_000
LARGEST = 10**15
"""Largest count that is believed, in millionths: more is damage, not experience."""


QUALITY = "q|"
"""Beginning of the names under which the quality of generators is counted, as (runs, sum)."""


def qualities(counts: Mapping[str, tuple[int, int]]) -> Counts:
    """What was learnt of the generators."""
    return {key: pair for key, pair in counts.items() if key.startswith(QUALITY)}


def micro(first: float, second: float) -> tuple[int, int]:
    """A pair of counts as integer millionths, so that sums are exact in any order."""
    return round(first * MICRO), round(second * MICRO)


def add_counts(a: Mapping[str, tuple[int, int]], b: Mapping[str, tuple[int, int]]) -> Counts:
    """Sum of two sets of counts: exact, commutative and associative."""
    total: Counts = dict(a)
    for key, (first, second) in b.items():
        old = total.get(key, (0, 0))
        total[key] = (old[0] + first, old[1] + second)
    return total
