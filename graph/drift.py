"""The drift alarm: whether the last projects went worse than the rules alone predict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, stdev
from typing import NamedTuple

from synthcraft.graph.episodes import ATTEMPT_LIMIT
from synthcraft.graph.state import RunState
from synthcraft.graph.statistics import Statistics

WINDOW = 30
"""Projects that the alarm looks at; with fewer it says nothing."""
ERRORS = 2.0
"""Standard errors by which the mean must fall short."""
PRIOR_WEIGHT = 4.0
"""How much the priors weigh while the alarm is on; posterior sampling is off then."""
CAUTION = (
    "The last projects went worse than the rules alone predict, so I go by the rules more than by "
    "what I have learnt, until that changes."
)


class Outcome(NamedTuple):
    """One project in two numbers.

    Attributes:
        net: approvals minus rejections and questions, of the episodes that came to their end.
        predicted: what the rules alone, without anything learnt, expect of the same episodes.
    """

    net: float
    predicted: float


def over(state: RunState) -> bool:
    """Whether a project came to its end: approved to the last episode, or handed to a person."""
    handed_over = any(p.attempt >= ATTEMPT_LIMIT for p in state.get("progress", {}).values())
    return state.get("status") == "finished" or (state.get("status") == "stopped" and handed_over)


def alarmed(outcomes: Sequence[Outcome]) -> bool:
    """Whether the last projects fell short of the prediction by more than chance explains."""
    gaps = [outcome.net - outcome.predicted for outcome in outcomes[-WINDOW:]]
    if len(gaps) < WINDOW:
        return False
    return fmean(gaps) < -ERRORS * stdev(gaps) / math.sqrt(len(gaps))


def cautious(statistics: Statistics) -> Statistics:
    """The same knowledge, of which the rules' priors make up more."""
    return replace(statistics, prior_weight=PRIOR_WEIGHT)


def told(outcomes: Sequence[Outcome]) -> str:
    """Where the alarm stands, in a sentence."""
    if len(outcomes) < WINDOW:
        return f"The drift alarm needs {WINDOW} projects; it has seen {len(outcomes)}."
    net, predicted = (fmean(numbers) for numbers in zip(*outcomes[-WINDOW:], strict=True))
    standing = (
        f"The last {WINDOW} projects brought {net:.1f} net on average; the rules predict "
        f"{predicted:.1f}."
    )
    return f"{standing} {CAUTION}" if alarmed(outcomes) else standing
