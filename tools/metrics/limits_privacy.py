"""Limits of the privacy metrics, each with where it comes from (specs: evaluation, 4.6)."""

from __future__ import annotations

from synthcraft.tools.metrics.thresholds import Threshold


def privacy_limits() -> dict[str, Threshold]:
    """Metric id -> rule."""
    return {
        "privacy.copies": Threshold(
            on="score", pass_low=0.05, refer_low=0.01,
            text="p above 0.05; a person decides from 0.01, or if near copies are too few to test",
            source="exact test: training and holdout rows are exchangeable without leakage",
        ),
        "privacy.dcr_share": Threshold(
            on="score", pass_low=-3.0, pass_high=2.0, refer_high=3.0,
            text="z below 2; a person decides up to 3",
            source="permutation null; can only worsen a verdict",
        ),
    }  # fmt: skip
