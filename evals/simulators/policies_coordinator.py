"""The emulated coordinator: what a language model without the engine is assumed to do."""

from __future__ import annotations

import numpy as np

from synthcraft.evals.simulators.players import Base, Event
from synthcraft.evals.simulators.world import Truth
from synthcraft.graph.contracts import Action
from synthcraft.graph.episodes import ACTION_LIMIT, STOP
from synthcraft.graph.situation import Situation, covered

_COORDINATOR = 9


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
