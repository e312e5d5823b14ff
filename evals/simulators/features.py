"""What the unstructured bandits see of a situation."""

from __future__ import annotations

from typing import Literal

import numpy as np

from synthcraft.evals.simulators.world import Floats
from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import ACTION_LIMIT
from synthcraft.graph.rollout import WIDEST
from synthcraft.graph.situation import Situation, covered

Use = Literal["expected", "unexpected", "nothing", "enables"]


def outstanding(situation: Situation) -> int:
    """Expected aspects that are not covered yet: 0, 1 or 2 for more."""
    lacking = situation.expected - covered(situation.episode, situation.progress)
    return min(len(lacking), 2)


def use_of(situation: Situation, action: Action) -> Use:
    """What the action would add."""
    if not action.covers:
        return "enables"
    new = set(action.covers) - covered(situation.episode, situation.progress)
    if new & situation.expected:
        return "expected"
    return "unexpected" if new else "nothing"


def features(situation: Situation) -> Floats:
    """Context and progress as one vector for the linear bandits."""
    progress, flags, aspects = situation.progress, situation.flags, situation.table.aspects
    met, expected = covered(situation.episode, progress), situation.expected
    context = [
        1.0,
        progress.check == "pass",
        progress.check == "gap",
        progress.attempt,
        progress.steps / ACTION_LIMIT,
        flags.ambiguous,
        flags.small,
        flags.imbalanced,
        flags.low_budget,
    ]
    lacking = np.zeros((3, WIDEST))
    for place, aspect in enumerate(aspects):
        if aspect not in met:
            lacking[:, place] = 1.0, aspect in expected, aspect in progress.wanted
    return np.concatenate([np.array(context, dtype=float), lacking.ravel()])


SIZE = 9 + 3 * WIDEST
"""Length of the vector."""
