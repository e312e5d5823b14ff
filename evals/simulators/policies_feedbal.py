"""FeedBAL, the episodic bandit of the literature (Tekin, Elahi and van der Schaar).

Cells are (episode, step, feedback state, action). A cell's gain is the mean of the terminal
reward in the next state less the cost; the stop's is the terminal reward where it was taken.
Here the person answers at a stop only, so no other terminal reward is ever observed.
"""

from __future__ import annotations

from math import inf, log, sqrt

import numpy as np

from synthcraft.evals.simulators.features import outstanding
from synthcraft.evals.simulators.players import Base, Event
from synthcraft.evals.simulators.world import Truth
from synthcraft.graph.episodes import ACTION_LIMIT, ATTEMPT_LIMIT, SELF_CHECK, STOP
from synthcraft.graph.situation import Situation, mask

State = tuple[int, str, bool]
Cell = tuple[str, int, State, str]
DELTA = 0.01
SIGMA = 1.0
"""Standard deviation of the feedback; terminal rewards are -1 or 1."""
FACTOR = 1 / 16
"""One factor on the confidence of every action, the stop included."""
STATES = 3 * 5 * 2
_TIES = 7


def confidence(visits: int, actions: int, factor: float = FACTOR) -> float:
    """Half-width of the interval around the gain of a cell that was visited this often."""
    cells = (ACTION_LIMIT + 1) * STATES * actions
    bound = log(cells * sqrt(1 + visits) / DELTA)
    return factor * sqrt((1 + visits) / visits**2 * 4 * SIGMA**2 * bound)


class FeedBAL(Base):
    """The index policy; cells that were never tried come first, at random among them."""

    name = "feedbal"

    def __init__(self, seed: int, factor: float = FACTOR) -> None:
        self.factor = factor
        self.visits: dict[Cell, int] = {}
        self.gains: dict[Cell, float] = {}
        self._rng = np.random.default_rng([seed, _TIES])
        self._last = "none"
        self._path: list[tuple[Cell, float]] = []

    def begin(self, situation: Situation, truth: Truth) -> None:
        """A new episode."""
        self._path, self._last = [], "none"

    def index(self, cell: Cell, actions: int) -> float:
        """Optimistic gain of a cell; infinite where it was never visited."""
        visits = self.visits.get(cell, 0)
        return self.gains[cell] + confidence(visits, actions, self.factor) if visits else inf

    def choose(self, situation: Situation) -> str:
        """The highest index."""
        legal, _ = mask(situation)
        number = len(situation.table.actions) + 2
        values = {name: self.index(self._cell(situation, name), number) for name in legal}
        best = max(values.values())
        equals = [name for name, value in values.items() if value == best]
        return equals[int(self._rng.integers(len(equals)))]

    def learn(self, situation: Situation, event: Event) -> None:
        """Move the cells when the attempt is over."""
        self._path.append((self._cell(situation, event.action), event.reward))
        self._last = _feedback(event)
        if event.action == STOP:
            self._observe()
            self._path = []

    def _cell(self, situation: Situation, name: str) -> Cell:
        progress = situation.progress
        attempt = min(progress.attempt, ATTEMPT_LIMIT)
        state = (outstanding(situation), self._last, attempt > 0)
        return situation.episode, progress.steps + progress.checks, state, name

    def _observe(self) -> None:
        """The stop shows its own reward, and with it the gain of the action before."""
        (stop, reward), before = self._path[-1], self._path[:-1]
        self._update(stop, reward)
        for place, (cell, gained) in enumerate(before):
            if place == len(before) - 1:
                self._update(cell, reward + gained)
            elif cell not in self.visits:
                # Nothing but the cost was seen: tried, so no longer infinite.
                self.visits[cell], self.gains[cell] = 1, gained

    def _update(self, cell: Cell, value: float) -> None:
        visits = self.visits.get(cell, 0)
        self.gains[cell] = (visits * self.gains.get(cell, 0.0) + value) / (visits + 1)
        self.visits[cell] = visits + 1


def _feedback(event: Event) -> str:
    if event.action == STOP:
        return "rejected"
    if event.action == SELF_CHECK:
        return "pass" if event.ok else "gap"
    return "ok" if event.ok else "failed"
