"""V9 and the DP record: is the claimed epsilon on record, and do the attacks contradict it?"""

from __future__ import annotations

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.attacks import Attack, attacks
from synthcraft.tools.privacy.dp_record import DPRecord, meaning
from synthcraft.tools.stats.proportions import clopper_pearson

Sides = tuple[Floats, Floats]
"""Scores of members and of outsiders."""
_GRID = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@metric(
    "privacy.dp_record",
    family="privacy_metrics",
    title="Record of the differential privacy claim",
    explanation="Zero gaps: only then may the file carry a DP label.",
    needs=("claim",),
)
def dp_record(ctx: EvalContext) -> list[Value]:
    """Number of gaps in the record of the claim; 0 is complete. Source: evaluation 4.5."""
    claim = _claim(ctx)
    message = f"{meaning(claim)} The record says: {claim.label}."
    if claim.gaps:
        message += f" Why: {'; '.join(claim.gaps)}."
    return [Value(float(len(claim.gaps)), message=message)]


@metric(
    "privacy.dp_audit",
    family="privacy_metrics",
    title="Audit of the claimed epsilon",
    explanation="At most the claimed epsilon: more would contradict the claim.",
    needs=("claim", "several rows", "holdout", "separate"),
)
def dp_audit(ctx: EvalContext) -> list[Value]:
    """V9: epsilon that the membership attacks prove, at 95 % (Clopper-Pearson).

    ln((TPR - delta) / FPR), TPR from below and FPR from above; attack and threshold are chosen on
    one half of members and non-members, and tested on the other. At least 0, lower is better; may
    not exceed the claim. Source: evaluation 4.5.
    """
    claim = _claim(ctx)
    first, second = zip(*(_cut(ctx, attack) for attack in attacks(ctx)), strict=True)
    limits = [_limits(a) for a in first]
    proven = [
        max(((_proven(a, t, claim.delta), t) for t in each), default=(0.0, np.inf))
        for a, each in zip(first, limits, strict=True)
    ]
    best = int(np.argmax([found for found, _ in proven]))
    tested = second[best]
    value = _proven(tested, proven[best][1], claim.delta)
    most = _epsilon(len(tested[0]), len(tested[0]), 0, len(tested[1]), claim.delta)
    message = (
        f"Claimed: {claim.budget}. Proven at 95 %, by the attack '{attacks(ctx)[best].name}': "
        f"{value:.2f}. With so many people at most {most:.2f} could be proven."
    )
    blind = most <= claim.epsilon
    if blind:
        message += " That is too little to contradict the claim."
    return [
        Value(
            value,
            score=value - claim.epsilon,
            at_best="refer" if blind else None,
            message=message,
        )
    ]


def _claim(ctx: EvalContext) -> DPRecord:
    if ctx.claim is None:
        raise ValueError("a metric that needs a claim was run without one")
    return ctx.claim


def _cut(ctx: EvalContext, attack: Attack) -> tuple[Sides, Sides]:
    """Members and outsiders, each cut in two at random."""
    rng = ctx.rng(f"audit {attack.name}")
    cut = [
        np.array_split(rng.permutation(scores), 2) for scores in (attack.members, attack.outsiders)
    ]
    return (cut[0][0], cut[1][0]), (cut[0][1], cut[1][1])


def _limits(sides: Sides) -> Floats:
    """Thresholds that let through a given share of outsiders."""
    return np.quantile(sides[1], [1 - share for share in _GRID])


def _proven(sides: Sides, limit: float, delta: float) -> float:
    """Proven epsilon where everyone above the limit is called a member."""
    hits, alarms = (int((scores > limit).sum()) for scores in sides)
    return _epsilon(hits, len(sides[0]), alarms, len(sides[1]), delta)


def _epsilon(hits: int, members: int, alarms: int, outsiders: int, delta: float) -> float:
    found = clopper_pearson(hits, members)[0] - delta
    wrong = clopper_pearson(alarms, outsiders)[1]
    return float(max(0.0, np.log(found / wrong))) if found > 0 else 0.0
