"""The normal distribution, without a heavy import."""

from __future__ import annotations

from statistics import NormalDist


def normal_p(difference: float, error: float, *, one_sided: bool = False) -> float:
    """P of a difference with a standard error: two-sided, or for differences above zero alone.

    Without any noise a difference is a fact.
    """
    if error <= 0:
        return float(difference <= 0 if one_sided else difference == 0)
    z = difference / error
    return NormalDist().cdf(-z) if one_sided else 2 * NormalDist().cdf(-abs(z))
