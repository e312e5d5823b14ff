"""Baselines that follow a script: ask always, a checklist, an emulated coordinator."""

from __future__ import annotations

import numpy as np

from synthcraft.evals.simulators.players import Base, Event
from synthcraft.evals.simulators.world import Truth
from synthcraft.graph.bandit import FixedPolicy
from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import ACTION_LIMIT, STOP
from synthcraft.graph.situation import Situation, covered, mask

_COORDINATOR = 9


class AskAlways(Base):
    """Asks first in every episode, then does everything in table order."""

    name = "ask_always"

    def __init__(self) -> None:
        self._rest = FixedPolicy()

    def choose(self, situation: Situation) -> str:
        """The first question of the first attempt, else as the fixed order."""
        legal, _ = mask(situation)
        questions = [a.name for a in situation.table.actions if a.asks and a.name in legal]
        if questions and situation.progress.attempt == 0:
            return questions[0]
        return self._rest.pick(situation, legal)[0]


class Checklist(Base):
    """Covers what the rules expect, asks only about an ambiguous request, then stops."""

    name = "checklist"

    def choose(self, situation: Situation) -> str:
        """The first piece of work that covers something expected."""
        legal, _ = mask(situation)
        actions = [a for a in situation.table.actions if a.name in legal]
        ambiguous = situation.episode == "intent" and situation.flags.ambiguous
        questions = [a.name for a in actions if a.asks]
        if ambiguous and questions and situation.progress.attempt == 0:
            return questions[0]
        lacking = situation.expected - covered(situation.episode, situation.progress)
        work = [a for a in actions if not a.asks]
        for action in work:
            if not action.covers or lacking.intersection(action.covers):
                return action.name
        if STOP not in legal and work:
            return work[0].name
        return STOP if STOP in legal else legal[0]


class Coordinator(Base):
    """Emulates a language model that coordinates freely; no language model is called.

    It never asks, starts all generators whatever the budget and without approved parameters,
    and mostly skips the evaluation. Its habits are assumptions of the specification.
    """

    name = "emulated_llm_coordinator"
    safe = False
    emulated = True

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, _COORDINATOR])
        self._queue: list[Action] = []
        self._named: set[str] = set()

    def begin(self, situation: Situation, truth: Truth) -> None:
        """Decide at once what to do in the episode."""
        self._named = set()
        self._queue = self._intend(situation)

    def choose(self, situation: Situation) -> str:
        """The next intended action that is possible at all, whatever the guards say."""
        progress = situation.progress
        while self._queue:
            action = self._queue.pop(0)
            tried = {*progress.done, *progress.failed}
            ready = set(action.needs) <= set(progress.done)
            if action.name not in tried and ready and progress.steps < ACTION_LIMIT:
                return action.name
        return STOP

    def learn(self, situation: Situation, event: Event) -> None:
        """After a rejection: think again."""
        if event.action == STOP and not event.ok and not event.last:
            self._named.update(event.reasons)
            self._queue = self._intend(situation)

    def _intend(self, situation: Situation) -> list[Action]:
        rng, done = self._rng, situation.progress.done
        work = [a for a in situation.table.actions if not a.asks and a.name not in done]
        if self._named and rng.random() < 0.7:
            lacking = self._named - covered(situation.episode, situation.progress)
            return [a for a in work if lacking.intersection(a.covers)]
        if situation.episode == "generation":
            return work
        if situation.episode == "evaluation":
            skips = rng.random() < 0.65
            return [] if skips else [a for a in work if rng.random() < 0.5]
        if situation.episode == "intent":
            return [a for a in work if a.name in ("infer_from_prompt", "draft_use_case")]
        first = situation.table.actions[0]
        return [a for a in work if a is first or rng.random() < 0.5]
