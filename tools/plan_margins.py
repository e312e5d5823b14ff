"""Margins of a plan in the words of the protocol, and the rules that follow from them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, field_validator

from synthcraft.tools.metrics.thresholds import Threshold

_SOURCE = "a margin of the plan"


class Margins(BaseModel):
    """Differences that do not matter, set before any result; None: the default rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delta_auc: float | None = Field(default=None, gt=0, lt=0.5)
    """Loss of prediction that is accepted."""
    prevalence_ratio: tuple[float, float] | None = None
    """How far the outcome may be rarer or more common."""
    aia_excess: float | None = Field(default=None, gt=0, lt=1)
    """Excess of attribute inference over strangers that is accepted."""
    mia_auc_fail: float | None = Field(default=None, gt=0.5, lt=1)
    """AUC of membership attacks from which a file fails."""

    @field_validator("prevalence_ratio")
    @classmethod
    def _around_one(cls, ratio: tuple[float, float] | None) -> tuple[float, float] | None:
        if ratio is not None and not 0 < ratio[0] < 1 < ratio[1]:
            raise ValueError("the first number must lie below 1 and above 0, the second above 1")
        return ratio


def margin_rules(margins: Margins, limits: Mapping[str, Threshold]) -> dict[str, float | Threshold]:
    """Metric id -> new pass limit or rule, for every metric that a margin speaks of."""
    rules: dict[str, float | Threshold] = {}
    if margins.delta_auc is not None:
        rules |= dict.fromkeys(_named(limits, "utility.delta_"), -margins.delta_auc)
    if margins.prevalence_ratio is not None:
        low, high = margins.prevalence_ratio
        text = f"whole interval within {low:g} to {high:g}; a person decides if the estimate is"
        change = {"pass_low": low, "pass_high": high, "refer_low": low, "refer_high": high}
        for name in _named(limits, "utility.prevalence_ratio"):
            rules[name] = _changed(limits[name], change, text)
    if margins.aia_excess is not None:
        rules |= dict.fromkeys(_named(limits, "privacy.attribute_inference"), margins.aia_excess)
    if margins.mia_auc_fail is not None:
        for name in _named(limits, "privacy.membership"):
            text = f"{limits[name].text}; fails from {margins.mia_auc_fail:g}"
            rules[name] = _changed(limits[name], {"refer_high": margins.mia_auc_fail}, text)
    return rules


def _named(limits: Mapping[str, Threshold], start: str) -> list[str]:
    return [name for name in limits if name.startswith(start)]


def _changed(rule: Threshold, change: Mapping[str, float], text: str) -> Threshold:
    return rule.model_copy(update={**change, "text": text, "source": _SOURCE})
