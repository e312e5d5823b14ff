"""Limits of the privacy metrics, each with where it comes from (specs: evaluation, 4.6)."""

from __future__ import annotations

from synthcraft.tools.metrics.thresholds import Threshold


def privacy_limits() -> dict[str, Threshold]:
    """Metric id -> rule."""
    excess = Threshold(
        on="interval", pass_high=0.05, refer_high=0.09, proven_fails=True,
        text="upper bound at most 0.05; a person decides up to 0.09, or where chance explains more",
        source="0.09 = 1/11, an identity-risk reference of EMA and Health Canada, by analogy",
    )  # fmt: skip
    unusual = Threshold(
        pass_high=0.60, refer_high=0.60, most_mde=0.70,
        text="AUC below 0.60 and no better than guessing; a person decides if unsure",
        source="guessing is the null; the cut-offs are our choice",
    )  # fmt: skip
    return {
        "privacy.membership": Threshold(
            pass_high=0.55, refer_high=0.60, most_mde=0.60,
            text="AUC below 0.55 and no better than guessing; a person decides up to 0.60",
            source="guessing is the null; the cut-offs are our choice",
        ),
        "privacy.vulnerable": unusual,
        "privacy.shadow_models": unusual,
        "privacy.attribute_inference": excess,
        "privacy.disclosive_uniques": excess,
        "privacy.singling_out": excess,
        "privacy.linkage": excess,
        "privacy.dp_record": Threshold(
            pass_high=0, refer_high=0,
            text="no gap; with one there is no DP label, and a promised guarantee fails",
            source="by definition",
        ),
        "privacy.dp_audit": Threshold(
            on="score", pass_high=0, refer_high=0,
            text="no more than the claimed epsilon", source="by definition",
        ),
        "privacy.copies": Threshold(
            on="score", pass_low=0.05, refer_low=0.01, most_mde=0.05,
            text="p above 0.05; a person decides from 0.01, or if near copies are too few to test",
            source="exact test: training and holdout rows are exchangeable without leakage",
        ),
        "privacy.dcr_share": Threshold(
            on="score", pass_low=-3.0, pass_high=2.0, refer_high=3.0,
            text="z below 2; a person decides up to 3",
            source="permutation null; can only worsen a verdict",
        ),
    }  # fmt: skip
