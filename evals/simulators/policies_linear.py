"""LinUCB on the return of the episode, one linear model for each action."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthcraft.evals.simulators.features import SIZE, features
from synthcraft.evals.simulators.players import Base, Event, rules_player
from synthcraft.evals.simulators.world import Floats, Truth
from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.situation import Situation, mask

ALPHA = 0.5
WARM = 10


@dataclass
class Ridge:
    """Ridge regression kept as the inverse of its matrix, and its upper confidence bound."""

    inverse: Floats = field(default_factory=lambda: np.eye(SIZE))
    moments: Floats = field(default_factory=lambda: np.zeros(SIZE))

    def bound(self, x: Floats, alpha: float) -> float:
        """Predicted return plus alpha standard errors."""
        along = self.inverse @ x
        return float(along @ self.moments + alpha * np.sqrt(x @ along))

    def add(self, x: Floats, value: float) -> None:
        """One more observation (Sherman and Morrison)."""
        along = self.inverse @ x
        self.inverse -= np.outer(along, along) / (1.0 + x @ along)
        self.moments += value * x


class LinUCB(Base):
    """Disjoint LinUCB; it watches the rules for the first projects (`warm`)."""

    name = "linucb"

    def __init__(self, alpha: float = ALPHA, warm: int = WARM) -> None:
        self.alpha, self.warm = alpha, warm
        self.models = {name: dict[str, Ridge]() for name in EPISODES}
        self._teacher = rules_player()
        self._path: list[tuple[str, Floats, float]] = []

    def begin(self, situation: Situation, truth: Truth) -> None:
        """A new episode."""
        self._path = []

    def choose(self, situation: Situation) -> str:
        """The teacher's choice at first, then the highest bound."""
        if situation.project < self.warm:
            return self._teacher.choose(situation)
        legal, _ = mask(situation)
        models, x = self.models[situation.episode], features(situation)
        return max(legal, key=lambda name: models.setdefault(name, Ridge()).bound(x, self.alpha))

    def learn(self, situation: Situation, event: Event) -> None:
        """At the end of the episode: the return that followed each choice."""
        self._path.append((event.action, features(situation), event.reward))
        if event.last:
            total = 0.0
            for action, x, reward in reversed(self._path):
                total += reward
                self.models[situation.episode].setdefault(action, Ridge()).add(x, total)
