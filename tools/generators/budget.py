"""The time limit of a project: what still fits into it."""

from __future__ import annotations

SAFETY = 1.15
"""Predicted minutes count this much against the budget."""


def fits(seconds: float, minutes_left: float) -> bool:
    """Whether something with this predicted duration may still be started."""
    return SAFETY * seconds <= 60 * minutes_left
