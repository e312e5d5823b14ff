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
        on="ci_low", pass_low=-0.05, refer_low=-0.05,
        text="interval excludes a loss over 0.05; a person decides unless it is shown",
        source=OUR_CHOICE,
    )  # fmt: skip
    return (
        {
            "utility.tstr_linear": better,
            "utility.tstr_boosting": better,
            "utility.delta_linear": loss,
            "utility.delta_boosting": loss,
            "utility.concordance": better,
            "utility.delta_concordance": loss,
            "crossfit.tstr_linear": better,
            "crossfit.tstr_boosting": better,
            "crossfit.delta_linear": loss,
            "crossfit.delta_boosting": loss,
            "utility.prevalence_ratio": ratio,
            "utility.calibration_slope": slope,
            "subgroup.worst_gap": gap,
            "subgroup.pooled": gap,
            "fairness.worst_delta": gap,
        }
        | risk_limits()
        | fairness_limits()
        | _inference_limits()
    )


def _inference_limits() -> dict[str, Threshold]:
    """Limits of the comparison of regression coefficients."""
    share = Threshold(
        pass_low=0.80, refer_low=0.60, can_fail=False,
        text="at least 0.80 of the coefficients; otherwise a person decides", source=OUR_CHOICE,
    )  # fmt: skip
    return {
        "inference.ci_overlap": Threshold(
            pass_low=0.80, refer_low=0.60,
            text="mean at least 0.80, none under 0.5; a person decides from 0.60; "
            "no shown effect changes its sign",
            source="correct synthesis with ten tables: mean 0.94, 5th centile 0.84",
        ),
        "inference.decision_agreement": share,
        "inference.inside_interval": share,
        "inference.sign_agreement": Threshold(
            on="score", pass_low=1.0, refer_low=1.0,
            text="every effect that the real rows show keeps its sign", source=OUR_CHOICE,
        ),
        "inference.largest_shift": Threshold(
            pass_high=1.96, refer_high=3.92, can_fail=False,
            text="at most 1.96, or chance at this number of terms",
            source="the real analysis's own interval",
        ),
        "inference.joint_distance": Threshold(
            on="score", pass_low=0.05, refer_low=0.0, can_fail=False,
            text="no further than correct synthesis in 19 of 20 cases",
            source="chi-square reference of correct synthesis",
        ),
    }  # fmt: skip
