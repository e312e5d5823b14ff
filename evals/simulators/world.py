"""One world with its true parameters, drawn from a seed; policies never see them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from synthcraft.evals.simulators.nominal import success as success_of
from synthcraft.evals.simulators.nominal import wish
from synthcraft.evals.simulators.worlds import Spec
from synthcraft.graph.contracts import EpisodeName
from synthcraft.graph.episodes import ATTEMPT_LIMIT, EPISODES
from synthcraft.graph.records import Flags, PrivacyTier

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SHARPNESS = 1.5
"""How strongly the context decides what a person wants."""
BROKEN_SUCCESS = 0.1
_PARAMETERS, _DRIFT, _PROJECT = 77, 79, 1000
_TIERS: tuple[PrivacyTier, ...] = ("none", "moderate", "strict")


def _sigmoid(x: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-x))
    return result


def _logit(p: Floats) -> Floats:
    p = np.clip(p, 1e-3, 1 - 1e-3)
    result: Floats = np.log(p / (1 - p))
    return result


@dataclass(frozen=True)
class Truth:
    """What is true of one episode of one project. Only oracles may look at it.

    Attributes:
        chances: aspect -> how likely the person wants it.
        wanted: aspect -> whether they do.
        weights: aspect -> how likely its lack alone makes them reject.
        success: action -> how likely it succeeds.
        goodwill: approval of a result that lacks nothing.
        sensitivity: P(gap | something wanted is missing).
        false_alarm: P(gap | nothing wanted is missing).
    """

    chances: Floats
    wanted: Bools
    weights: Floats
    success: Floats
    goodwill: float
    sensitivity: float
    false_alarm: float


@dataclass
class World:
    """True parameters: nominal plus noise on the logit, one set for each seed."""

    spec: Spec
    seed: int
    goodwill: float = field(init=False)

    def __post_init__(self) -> None:
        # The order of these draws is that of the prototype, so that figures can be compared.
        rng = np.random.default_rng([self.seed, _PARAMETERS])
        spec, table = self.spec, EPISODES
        self._wish_shift = {n: rng.normal(0, spec.wish_noise, len(table[n].aspects)) for n in table}
        self._tool_shift = {n: rng.normal(0, spec.tool_noise, len(table[n].actions)) for n in table}
        self.weights = {
            name: _sigmoid(
                _logit(np.array([wish(aspect)[1] for aspect in episode.aspects]))
                + rng.normal(0, spec.weight_noise, len(episode.aspects))
            )
            for name, episode in table.items()
        }
        self.goodwill = float(rng.uniform(0.90, 0.98))
        self._inverted = {n: _some(rng, len(table[n].aspects), spec.inverted) for n in table}
        rng = np.random.default_rng([self.seed, _DRIFT])
        self._drifted = {n: _some(rng, len(table[n].aspects), spec.drifted) for n in table}
        self._broken = {
            name: _some(rng, len(episode.actions), spec.broken)
            & ~np.array([action.asks for action in episode.actions])
            for name, episode in table.items()
        }

    def drifted(self, project: int) -> bool:
        """Whether the project comes after the drift."""
        return self.spec.drift_at is not None and project >= self.spec.drift_at

    def truth(self, name: EpisodeName, flags: Flags, project: int, draws: Floats) -> Truth:
        """What holds in one episode of a project with this (fully known) context."""
        episode = EPISODES[name]
        nominal = np.array([wish(aspect)[0](flags) for aspect in episode.aspects])
        chances = _sigmoid(SHARPNESS * _logit(nominal) + self._wish_shift[name])
        tools = np.array([success_of(action.name)(flags) for action in episode.actions])
        success = _sigmoid(_logit(tools) + self._tool_shift[name])
        opposite = self._inverted[name]
        if self.drifted(project):
            opposite = opposite ^ self._drifted[name]
            success[self._broken[name]] = BROKEN_SUCCESS
        chances = np.where(opposite, 1 - chances, chances)
        return Truth(
            chances=chances,
            wanted=draws[: len(chances)] < chances,
            weights=self.weights[name],
            success=success,
            goodwill=self.goodwill,
            sensitivity=self.spec.sensitivity,
            false_alarm=self.spec.false_alarm,
        )


def _some(rng: np.random.Generator, number: int, share: float) -> Bools:
    """Each with this probability, but never the first: without it an episode makes no sense."""
    chosen: Bools = (rng.random(number) < share) & (np.arange(number) > 0)
    return chosen


@dataclass(frozen=True)
class Draws:
    """Every random number of a project, drawn before any policy acts: the same for all.

    Attributes:
        flags: context of the project, privacy level included.
        wishes: episode x aspect.
        actions: episode x attempt x action; the last two are for self-checks.
        verdicts: episode x attempt x (approval, reason).
    """

    flags: Flags
    wishes: Floats
    actions: Floats
    verdicts: Floats


def draw_project(seed: int, project: int) -> Draws:
    """The random numbers of one project."""
    rng = np.random.default_rng([seed, _PROJECT + project])
    u = rng.random(8)
    flags = Flags(
        small=bool(u[0] < 0.35),
        wide=bool(u[1] < 0.4),
        missing=bool(u[2] < 0.5),
        imbalanced=bool(u[3] < 0.4),
        ambiguous=bool(u[4] < 0.45),
        privacy=_TIERS[0 if u[5] < 0.35 else 1 if u[5] < 0.7 else 2],
        low_budget=bool(u[6] < 0.5),
        expert=bool(u[7] < 0.4),
    )
    wishes = rng.random((len(EPISODES), 8))
    actions = rng.random((len(EPISODES), ATTEMPT_LIMIT, 12))
    return Draws(flags, wishes, actions, rng.random((len(EPISODES), ATTEMPT_LIMIT, 3)))
