"""V9 and the DP record: is the claimed epsilon on record, and do the attacks contradict it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.attacks import Attack, attacks
from synthcraft.tools.privacy.dp_record import DPRecord, meaning
from synthcraft.tools.stats.proportions import clopper_pearson

Sides = tuple[Floats, Floats]
"""Scores of members and of outsiders."""
_GRID = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Shares of outsiders that a threshold lets through."""


@metric(
    "privacy.dp_record",
    family="privacy_metrics",
    title="Record of the differential privacy claim",
    explanation="Zero gaps: only then may the file carry a DP label.",
    needs=("claim",),
)
def dp_record(ctx: EvalContext) -> list[Value]:
    """Number of gaps in the record of the claim; 0 is complete.

    A gap is no defect of the file, unless its generator is said to give a formal guarantee.
    Source: evaluation 4.5 and 4.10.
    """
    claim = _claim(ctx)
    message = f"{meaning(claim)} The record says: {claim.label}."
    if claim.gaps:
        message += f" Why: {'; '.join(claim.gaps)}."
    doubt: Status | None = None if claim.overstated else "refer"
    return [Value(float(len(claim.gaps)), at_worst=doubt, message=message)]


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
    trials = [_trial(ctx, attack, claim.delta) for attack in attacks(ctx)]
    best = max(trials, key=lambda trial: trial.promise)
    value = _proven(best.kept, best.limit, claim.delta)
    members, outsiders = map(len, best.kept)
    most = _epsilon(members, members, 0, outsiders, claim.delta)
    message = (
        f"Claimed: {claim.budget}. Proven at 95 %, by the attack '{best.name}': {value:.2f}. With "
        f"so many people at most {most:.2f} could be proven."
    )
    blind: Status | None = "refer" if most <= claim.epsilon else None
    if blind:
        message += " That is too little to contradict the claim."
    return [Value(value, score=value - claim.epsilon, at_best=blind, message=message)]


@dataclass(frozen=True)
class Trial:
    """An attack with the threshold that proved most on one half, and the half that was kept."""

    name: str
    promise: float
    limit: float
    kept: Sides


def _trial(ctx: EvalContext, attack: Attack, delta: float) -> Trial:
    rng = ctx.rng(f"audit {attack.name}")
    members, outsiders = (
        np.array_split(rng.permutation(scores), 2) for scores in (attack.members, attack.outsiders)
    )
    seen, kept = (members[0], outsiders[0]), (members[1], outsiders[1])
    limits = np.quantile(seen[1], [1 - share for share in _GRID])
    promise, limit = max((_proven(seen, limit, delta), limit) for limit in limits)
    return Trial(attack.name, promise, float(limit), kept)


def _claim(ctx: EvalContext) -> DPRecord:
    if ctx.claim is None:
        raise ValueError("a metric that needs a claim was run without one")
    return ctx.claim


def _proven(sides: Sides, limit: float, delta: float) -> float:
    """Proven epsilon where everyone above the limit is called a member."""
    hits, alarms = (int((scores > limit).sum()) for scores in sides)
    return _epsilon(hits, len(sides[0]), alarms, len(sides[1]), delta)


def _epsilon(hits: int, members: int, alarms: int, outsiders: int, delta: float) -> float:
    found = clopper_pearson(hits, members)[0] - delta
    wrong = clopper_pearson(alarms, outsiders)[1]
    return float(max(0.0, np.log(found / wrong))) if found > 0 else 0.0
