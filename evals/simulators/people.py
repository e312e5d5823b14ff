"""Simulated people: what a rejection tells, and how they judge what they are shown."""

from __future__ import annotations

from typing import NamedTuple

from synthcraft.evals.simulators.world import Bools, Floats, World

EXTRA_VETO = 0.08
"""How likely one thing that nobody wanted makes the person reject."""
ADDITIVE_LOSS = 0.75


class Verdict(NamedTuple):
    """What the person says to a result."""

    approved: bool
    reason: int | None
    """Place of the aspect they name when they reject; None: no reason given."""


def approval(world: World, weights: Floats, unmet: Bools, extras: int) -> float:
    """Probability that the person approves a result.

    Args:
        world: whether lacks act one by one (noisy AND) or add up.
        weights: aspect -> how much its lack matters.
        unmet: aspect -> wanted and not there.
        extras: number of things done that nobody wanted.
    """
    if world.spec.additive:
        kept = max(0.0, 1.0 - ADDITIVE_LOSS * float(weights[unmet].sum()))
    else:
        kept = float((1.0 - weights[unmet]).prod())
    return world.goodwill * kept * float((1.0 - EXTRA_VETO) ** extras)


def judge(world: World, chance: float, weights: Floats, unmet: Bools, draws: Floats) -> Verdict:
    """Approve with this probability, else perhaps name what matters most among the lacking."""
    if draws[0] < chance:
        return Verdict(True, None)
    if unmet.any() and draws[1] < world.spec.gives_reason:
        return Verdict(False, _heaviest(weights, unmet))
    return Verdict(False, None)


def _heaviest(weights: Floats, unmet: Bools) -> int:
    lacking = weights.copy()
    lacking[~unmet] = -1.0
    return int(lacking.argmax())
