"""Beta-Bernoulli Thompson sampling on the return of the episode, one cell for each action."""

from __future__ import annotations

import numpy as np

from synthcraft.evals.simulators.features import outstanding, use_of
from synthcraft.evals.simulators.players import Base, Event
from synthcraft.evals.simulators.world import Truth
from synthcraft.graph.episodes import SELF_CHECK, STOP, action_named
from synthcraft.graph.situation import Situation, mask

Cell = tuple[str, str, str, int, bool]
_SAMPLING = 6
PRIOR_WEIGHT = 8.0


class BetaThompson(Base):
    """Thompson sampling with priors from the rules; no look-ahead, no model of approval."""

    name = "beta_ts"

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, _SAMPLING])
        self.counts: dict[Cell, tuple[float, float]] = {}
        self._path: list[tuple[Cell, float]] = []

    def begin(self, situation: Situation, truth: Truth) -> None:
        """A new episode."""
        self._path = []

    def choose(self, situation: Situation) -> str:
        """The legal action whose draw is highest."""
        legal, _ = mask(situation)
        pairs = (self._pair(situation, name) for name in legal)
        draws = [self._rng.beta(won, lost) for won, lost in pairs]
        return legal[int(np.argmax(draws))]

    def learn(self, situation: Situation, event: Event) -> None:
        """At the end of the episode: the return that followed each choice, as a success."""
        self._path.append((self._cell(situation, event.action), event.reward))
        if event.last:
            total = 0.0
            for cell, reward in reversed(self._path):
                total += reward
                # Returns between -2 and 1 become the probability of a success.
                success = self._rng.random() < min(max((total + 2) / 3, 0.0), 1.0)
                won, lost = self.counts[cell]
                self.counts[cell] = won + success, lost + (not success)

    def _cell(self, situation: Situation, name: str) -> Cell:
        named = bool(situation.progress.wanted)
        if name in (SELF_CHECK, STOP):
            use = f"{name} {situation.progress.check}"
        else:
            use = use_of(situation, action_named(situation.episode, name))
        return situation.episode, name, use, outstanding(situation), named

    def _pair(self, situation: Situation, name: str) -> tuple[float, float]:
        cell = self._cell(situation, name)
        if cell not in self.counts:
            mean = _prior_mean(situation, name)
            self.counts[cell] = mean * PRIOR_WEIGHT, (1 - mean) * PRIOR_WEIGHT
        return self.counts[cell]


def _prior_mean(situation: Situation, name: str) -> float:
    """Success before any experience, as the rules see it."""
    left = outstanding(situation)
    if name == STOP:
        return (0.85, 0.6, 0.4)[left] - (0.15 if situation.progress.check == "gap" else 0.0)
    if name == SELF_CHECK:
        return 0.6 if left == 0 else 0.35
    action = action_named(situation.episode, name)
    if action.asks:
        unclear = situation.episode == "intent" and situation.flags.ambiguous and left
        return 0.72 if unclear else 0.3
    uses = {"expected": 0.87, "unexpected": 0.45, "nothing": 0.3, "enables": 0.86}
    return uses[use_of(situation, action)]
