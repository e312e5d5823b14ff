"""Fits that were asked for and made no table, in words."""

from __future__ import annotations

from collections.abc import Iterable

from synthcraft.graph.records import FurtherFit
from synthcraft.tools.report.words import setting


def missing_fits(fits: Iterable[FurtherFit]) -> list[str]:
    """A sentence for each reason why fits are missing, with their numbers."""
    reasons: dict[str, list[str]] = {}
    for fit in fits:
        if fit.status != "ok":
            why = fit.message or f"{fit.status}, no reason was recorded."
            reasons.setdefault(why, []).append(str(fit.number + 1))
    return [f"Fit {setting(numbers)}: {why}" for why, numbers in reasons.items()]
