"""Policies that follow a script: baselines to compare with, and a plain order to fall back on."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from synthcraft.graph.approval import stream
from synthcraft.graph.bandit import policy, record, weighed
from synthcraft.graph.contracts import Decision
from synthcraft.graph.episodes import SELF_CHECK, STOP
from synthcraft.graph.situation import Situation, covered, mask
from synthcraft.graph.statistics import Statistics


class Scripted(ABC):
    """Base of policies whose choice is not the best value; values are for the record."""

    name = ""
    learnt = False

    def probes(self, situation: Situation) -> bool:
        """Never: it learns nothing."""
        return False

    def choose(self, situation: Situation, statistics: Statistics) -> Decision:
        """Choose by `pick`, and record what the means say about it."""
        legal, reasons = mask(situation)
        chosen, propensity = self.pick(situation, legal)
        outlook = weighed(situation, statistics, legal, 0.0)
        return record(situation, statistics, chosen, outlook, reasons, self.name, propensity)

    def act(self, situation: Situation, statistics: Statistics) -> str:
        """The same action without its record."""
        return self.pick(situation, mask(situation)[0])[0]

    @abstractmethod
    def pick(self, situation: Situation, legal: tuple[str, ...]) -> tuple[str, float]:
        """The choice and its probability."""


@policy("fixed")
class FixedPolicy(Scripted):
    """All work in table order, without what is covered already; one check; stop. Never asks."""

    name = "fixed"

    def pick(self, situation: Situation, legal: tuple[str, ...]) -> tuple[str, float]:
        """The first piece of work that adds something."""
        met = covered(situation.episode, situation.progress)
        for action in situation.table.actions:
            adds = not action.covers or not met.issuperset(action.covers)
            owed = action.name in situation.owed()
            if action.name in legal and not action.asks and (adds or owed):
                return action.name, 1.0
        if SELF_CHECK in legal and situation.progress.checks == 0:
            return SELF_CHECK, 1.0
        return (STOP if STOP in legal else legal[0]), 1.0


@policy("ask_always")
class AskAlwaysPolicy(FixedPolicy):
    """Asks first in every episode, then does everything in table order."""

    name = "ask_always"

    def pick(self, situation: Situation, legal: tuple[str, ...]) -> tuple[str, float]:
        """The first question of the first attempt, else as the fixed order."""
        questions = _questions(situation, legal)
        if questions and situation.progress.attempt == 0:
            return questions[0], 1.0
        return super().pick(situation, legal)


@policy("checklist")
class ChecklistPolicy(Scripted):
    """Covers what the rules expect, asks only about an ambiguous request, then stops."""

    name = "checklist"

    def pick(self, situation: Situation, legal: tuple[str, ...]) -> tuple[str, float]:
        """The first piece of work that covers something expected."""
        ambiguous = situation.episode == "intent" and situation.flags.ambiguous
        questions = _questions(situation, legal)
        if ambiguous and questions and situation.progress.attempt == 0:
            return questions[0], 1.0
        lacking = situation.expected - covered(situation.episode, situation.progress)
        work = [a for a in situation.table.actions if a.name in legal and not a.asks]
        for action in work:
            if not action.covers or lacking.intersection(action.covers):
                return action.name, 1.0
        if STOP not in legal and work:
            return work[0].name, 1.0
        return (STOP if STOP in legal else legal[0]), 1.0


@policy("random")
class RandomPolicy(Scripted):
    """Any legal action with equal probability."""

    name = "random"

    def pick(self, situation: Situation, legal: tuple[str, ...]) -> tuple[str, float]:
        """A keyed draw: another one at every step, the same when repeated."""
        progress = situation.progress
        path = f"random|{progress.steps}|{progress.checks}"
        place = stream(situation.seed_path, path).integers(len(legal))
        return legal[int(np.intp(place))], 1.0 / len(legal)


def _questions(situation: Situation, legal: tuple[str, ...]) -> list[str]:
    return [a.name for a in situation.table.actions if a.asks and a.name in legal]
