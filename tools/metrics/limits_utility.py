"""Limits of utility, inference and fairness, each with its source (evaluation, 4.6)."""

from __future__ import annotations

from synthcraft.tools.metrics.limits_risk import fairness_limits, risk_limits
from synthcraft.tools.metrics.thresholds import OUR_CHOICE, Threshold


def utility_limits() -> dict[str, Threshold]:
    """Metric id -> rule."""
    better = Threshold(
        on="score", pass_low=0.0, refer_low=0.0, can_fail=False,
        text="interval above guessing", source=OUR_CHOICE,
    )  # fmt: skip
    loss = Threshold(
        on="ci_low", pass_low=-0.02, refer_low=-0.05,
        text="lower bound above -0.02; a person decides down to -0.05",
        source="non-inferiority margin, a clinical choice",
    )  # fmt: skip
    ratio = Threshold(
        on="interval", pass_low=0.80, pass_high=1.25, refer_low=0.80, refer_high=1.25,
        text="whole interval within 0.80 to 1.25; a person decides if only the estimate is",
        source="bioequivalence-style margin, our choice",
    )  # fmt: skip
    slope = Threshold(
        pass_low=0.80, pass_high=1.25, refer_low=0.60, refer_high=1.67,
        text="0.80 to 1.25; a person decides within 0.60 to 1.67", source=OUR_CHOICE,
    )  # fmt: skip
    gap = Threshold(
        on="ci_low", pass_low=-0.05,
        text="interval excludes an extra loss over 0.05", source=OUR_CHOICE,
    )  # fmt: skip
    return (
        {
            "utility.tstr_linear": better,
            "utility.tstr_boosting": better,
            "utility.delta_linear": loss,
            "utility.delta_boosting": loss,
            "utility.prevalence_ratio": ratio,
            "utility.calibration_slope": slope,
            "subgroup.worst_gap": gap,
            "subgroup.pooled": gap,
            "fairness.worst_delta": gap,
        }
        | risk_limits()
        | fairness_limits()
    )
