"""Limits of fidelity and detectability, each with its source (specs: evaluation, 4.6)."""

from __future__ import annotations

from synthcraft.tools.metrics.thresholds import OUR_CHOICE, Threshold, at_most


def fidelity_limits() -> dict[str, Threshold]:
    """Metric id -> rule."""
    sampling = "sampling noise of fresh real rows; the 0.1 convention"
    auc = "detectability is not harm: never fails alone"
    return {
        "fidelity.column_distance": at_most(0.05, 0.10, sampling, times_ideal=2.0),
        "fidelity.worst_column": at_most(
            0.05, 0.10, sampling, text="at most 0.05, or sampling noise at this size"
        ),
        "fidelity.missingness": at_most(
            0.05, 0.10, sampling, text="at most 0.05, or sampling noise at this size"
        ),
        "fidelity.standardised_difference": at_most(
            0.10,
            0.10,
            "the 0.1 convention for standardised differences: a flag, never fails",
            can_fail=False,
            text="at most 0.10, or sampling noise at this size; else a person looks",
        ),
        "fidelity.association": at_most(
            0.05,
            0.10,
            OUR_CHOICE,
            least_normalised=0.2,
            text="at most 0.05; a person decides up to 0.1, if clearly better than shuffled rows",
        ),
        "fidelity.worst_association": at_most(
            0.10, 0.20, OUR_CHOICE, text="at most 0.10, or sampling noise at this size"
        ),
        "detectability.c2st_linear": at_most(0.65, 0.80, auc, can_fail=False),
        "detectability.c2st_boosting": at_most(0.65, 0.80, auc, can_fail=False),
    }
