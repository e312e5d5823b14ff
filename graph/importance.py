"""Importance weighting of single logged decisions, and of nothing longer.

A log in which chance had a part (`veto_study`) says what another choice at one place was worth.
Over whole courses the weights multiply until a handful of projects carries everything, so that is
refused. Source: reasoning engine 7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.errors import InputError
from synthcraft.graph.logged import LoggedProject
from synthcraft.graph.situation import Situation


class Choice(NamedTuple):
    """One decision that a question is about.

    Attributes:
        action: what was chosen.
        propensity: how likely that was.
        reward: what followed until the end of the episode, what the action itself cost included.
    """

    action: str
    propensity: float
    reward: float


class Weighted(Frozen):
    """What the choices of another policy would have brought.

    Right on average where every choice that it makes had some chance in the log.
    """

    value: float
    """Mean reward of a decision; higher is better."""
    se: float
    effective: float
    """Decisions that the weighted ones are worth, from 1 to their number; few: do not trust it."""
    decisions: int


def first_choice(project: LoggedProject, asked: Callable[[Situation], bool]) -> tuple[Choice, ...]:
    """The first decision of a project that the question is about, if there is one.

    Which one that is may depend on the situation alone: picking by what was chosen there would
    leave out the very choices that must be weighed against it.
    """
    for episode in project.episodes:
        for place, step in enumerate(episode.steps):
            if asked(step.situation):
                reward = sum(later.reward for later in episode.steps[place:])
                return (Choice(step.action, step.propensity, reward),)
    return ()


def weighted(
    choices: Sequence[Sequence[Choice]], would_choose: Callable[[Choice], float]
) -> Weighted:
    """Value of another way to make one decision, by inverse propensity.

    Args:
        choices: for each project its decision that the question is about, or none.
        would_choose: how likely the other policy would have made the same choice.

    Raises:
        InputError: several decisions of a project, a log without chance, or nothing in common.
    """
    if any(len(course) > 1 for course in choices):
        raise InputError(
            "Importance weighting answers questions about one decision of a project. Over several "
            "in a row the weights multiply, and a few projects would decide everything.",
            "Compare whole policies with `synthcraft policy evaluate`.",
        )
    made = [choice for course in choices for choice in course]
    if not made:
        raise InputError("No project holds a decision that the question is about.")
    propensity = np.array([choice.propensity for choice in made])
    if not ((propensity > 0) & (propensity <= 1)).all():
        raise InputError("A logged propensity is no probability, so nothing can be weighted by it.")
    if (propensity == 1).all():
        raise InputError(
            "Chance had no part in these decisions: every logged propensity is 1, so the log does "
            "not say what another choice would have brought.",
            "Log some projects with the policy veto_study first.",
        )
    weights = np.array([would_choose(choice) for choice in made]) / propensity
    if not weights.any():
        raise InputError("No logged decision is one that the other policy would have made.")
    terms = weights * np.array([choice.reward for choice in made])
    error = terms.std(ddof=1) / np.sqrt(len(made)) if len(made) > 1 else np.inf
    effective = weights.sum() ** 2 / (weights**2).sum()
    return Weighted(value=terms.mean(), se=error, effective=effective, decisions=len(made))
