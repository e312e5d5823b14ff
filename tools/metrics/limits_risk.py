"""Limits of predicted risks and of groups, each with its source (specs: evaluation, 4.6)."""

from __future__ import annotations

from synthcraft.tools.metrics.thresholds import OUR_CHOICE, Threshold, at_most


def risk_limits() -> dict[str, Threshold]:
    """Limits of predicted risks and numbers beyond discrimination."""
    better = Threshold(
        on="score", pass_low=0.0, refer_low=0.0, can_fail=False,
        text="better than guessing; otherwise a person decides", source=OUR_CHOICE,
    )  # fmt: skip
    useful = better.model_copy(
        update={"text": "at least as good as treating everybody or nobody; else a person decides"}
    )
    rise = Threshold(
        on="score", pass_high=0.05, refer_high=0.20,
        text="at most 5 % above the model trained on real rows; a person decides up to 20 %",
        source=OUR_CHOICE,
    )  # fmt: skip
    large = Threshold(
        pass_low=-0.223, pass_high=0.223, refer_low=-0.511, refer_high=0.511,
        text="0.80 to 1.25 as odds; a person decides within 0.60 to 1.67", source=OUR_CHOICE,
    )  # fmt: skip
    ranking = Threshold(
        pass_low=0.60, refer_low=0.60, can_fail=False,
        text="at least 0.60; otherwise a person decides", source=OUR_CHOICE,
    )  # fmt: skip
    return {
        "utility.auprc": better,
        "utility.brier": rise,
        "utility.rmse": rise,
        "utility.observed_expected": ratio_limits(0.60, 1.67),
        "utility.calibration_in_the_large": large,
        "utility.net_benefit": useful,
        "utility.feature_ranking": ranking,
    }


def ratio_limits(low: float, high: float) -> Threshold:
    """Pass within 0.80 to 1.25, a person decides within the wider limits."""
    return Threshold(
        pass_low=0.80, pass_high=1.25, refer_low=low, refer_high=high,
        text=f"0.80 to 1.25; a person decides within {low:.2f} to {high:.2f}, or by chance",
        source="bioequivalence-style margin, our choice",
    )  # fmt: skip


def fairness_limits() -> dict[str, Threshold]:
    """Limits of what is asked group by group; the worst group is judged."""
    distance = Threshold(
        pass_high=0.05, refer_high=0.10,
        text="at most 0.05, or sampling noise in groups of this size; a person decides up to 0.1",
        source="the limits of the whole table",
    )  # fmt: skip
    extra = Threshold(
        on="score", pass_high=0.05, refer_high=0.10, can_fail=False,
        text="at most 0.05 more than after real rows; otherwise a person decides",
        source=OUR_CHOICE,
    )  # fmt: skip
    return {
        "fairness.representation": ratio_limits(0.80, 1.25),
        "fairness.prevalence_ratio": ratio_limits(0.80, 1.25),
        "fairness.calibration_gap": ratio_limits(0.60, 1.67),
        "fairness.attack_success": Threshold(
            pass_high=0.60,
            refer_high=0.60,
            most_mde=0.70,
            text="AUC below 0.60 and no better than guessing in every group; a person decides if "
            "unsure",
            source="guessing is the null; the cut-offs are our choice",
        ),
        "fairness.group_distance": distance,
        "fairness.group_association": distance,
        "fairness.equal_opportunity": extra,
        "subgroup.spread": at_most(
            0.05, 0.10, OUR_CHOICE, text="at most 0.05, or what equal groups show by chance"
        ),
    }
