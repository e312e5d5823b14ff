"""Many tests at once: adjusted p values and the order of primary endpoints."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Step-down adjusted p values, in the given order; they bound the chance of any false alarm.

    0 to 1, never below the raw p; valid under any dependence. Source: Holm 1979; evaluation 4.8.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(_ascending(p_values)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """Step-up q values, in the given order: the expected share of false finds among finds.

    0 to 1, never below the raw p; valid for independent or positively dependent tests.
    Source: Benjamini and Hochberg 1995; evaluation 4.8.
    """
    adjusted = [0.0] * len(p_values)
    smallest = 1.0
    for rank, place in reversed(list(enumerate(_ascending(p_values), start=1))):
        smallest = min(smallest, len(p_values) / rank * p_values[place])
        adjusted[place] = smallest
    return adjusted


def confirmed(passed: Sequence[bool]) -> list[bool]:
    """Fixed sequence: an endpoint may confirm something only if all before it have passed.

    No p value is adjusted: the order, set beforehand, keeps the error rate. The first endpoint
    may always confirm. Source: evaluation 4.8.
    """
    return [all(passed[:place]) for place in range(len(passed))]


def _ascending(p_values: Sequence[float]) -> list[int]:
    return sorted(range(len(p_values)), key=lambda place: p_values[place])
