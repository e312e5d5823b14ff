"""The episodic bandit: pure policies, a situation and statistics in, a recorded choice out."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from synthcraft.graph.approval import (
    Picks,
    belief,
    believed,
    look_ahead,
    missing,
    redo_value,
    sampled,
    success_of,
    veto_of,
)
from synthcraft.graph.contracts import Alternative, Decision
from synthcraft.graph.episodes import SELF_CHECK, STOP
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.graph.explain import explain
from synthcraft.graph.planner import Floats
from synthcraft.graph.situation import Situation, covered, mask
from synthcraft.graph.statistics import Statistics, base_key

__all__ = ["Policy", "Situation", "VetoPolicy", "mask", "policies", "policy", "policy_named"]

TAU = 0.3
CHECK_HANDICAP = 1e-6
"""A self-check must be worth something: on a tie the router goes on."""
VALUE_DRAWS = 10
"""Draws from the posterior behind the interval of a value."""
Values = dict[str, float]


class Policy(Protocol):
    """Extension point: a way to choose. Stateless: all it may use comes in."""

    name: str
    learnt: bool
    """Whether it goes by what was learnt; projects under a policy that does not teach nothing."""

    def choose(self, situation: Situation, statistics: Statistics) -> Decision:
        """Choose one action that `mask` allows, the same for the same input.

        Args:
            situation: where the episode stands.
            statistics: priors and counts.

        Returns:
            The complete record of the choice.
        """
        ...

    def probes(self, situation: Situation) -> bool:
        """Whether it would show the result here whatever the self-check has found."""
        ...

    def act(self, situation: Situation, statistics: Statistics) -> str:
        """The action that `choose` chooses, sooner: for simulations, which need no record."""
        ...


_POLICIES: dict[str, Callable[[], Policy]] = {}
_HOMES = ("synthcraft.graph.study", "synthcraft.graph.scripted")
"""Modules that register further policies."""


def policy(name: str) -> Callable[[Callable[[], Policy]], Callable[[], Policy]]:
    """Register a policy under the name by which settings select it."""

    def register(make: Callable[[], Policy]) -> Callable[[], Policy]:
        if name in _POLICIES:
            raise GuardError(f"There are two policies named {name!r}.")
        _POLICIES[name] = make
        return make

    return register


def policies() -> tuple[str, ...]:
    """Names of all policies."""
    for home in _HOMES:
        importlib.import_module(home)
    return tuple(_POLICIES)


def policy_named(name: str) -> Policy:
    """A new policy of that name."""
    known = policies()
    if name not in known:
        listed = ", ".join(known)
        raise NotFoundError(f"There is no policy named {name!r}.", f"Choose one of: {listed}.")
    return _POLICIES[name]()


def planned(situation: Situation, legal: tuple[str, ...], pick: Picks, redo: float) -> Floats:
    """Expected net reward of the episode with each legal action first, rounded to 1e-9.

    The last axis is the legal actions; one before it, if `pick` gives several sets of parameters.
    """
    outlook = look_ahead(situation, pick, redo)
    values = {a.name: outlook.actions[..., i] for i, a in enumerate(situation.table.actions)}
    values[SELF_CHECK] = outlook.check - CHECK_HANDICAP
    values[STOP] = outlook.stop
    table: Floats = np.stack([values[name] for name in legal], axis=-1)
    return table.round(9)


def action_values(situation: Situation, legal: tuple[str, ...], pick: Picks, redo: float) -> Values:
    """Legal action -> its planned value with one set of parameters."""
    return dict(zip(legal, planned(situation, legal, pick, redo).tolist(), strict=True))


def _best(values: Mapping[str, float]) -> str:
    # The first of equals: values are in table order.
    return max(values, key=lambda name: values[name])


def record(
    situation: Situation,
    statistics: Statistics,
    chosen: str,
    outlook: Outlooks,
    reasons: dict[str, str],
    policy_name: str,
    propensity: float = 1.0,
) -> Decision:
    """Everything that is needed to replay and to explain a choice."""
    sure, values = belief(situation, statistics), outlook.acted
    others = sorted((n for n in values if n != chosen), key=lambda name: -values[name])[:3]
    return Decision(
        step=0,
        episode=situation.episode,
        attempt=situation.progress.attempt,
        action=chosen,
        score=values[chosen],
        score_interval=outlook.interval(chosen),
        confidence=sure.mean,
        interval=(min(sure.low, sure.mean), max(sure.high, sure.mean)),
        alternatives=tuple(Alternative(action=n, score=values[n]) for n in others),
        masked=reasons,
        propensity=propensity,
        seed_path=situation.seed_path,
        policy=policy_name,
        evidence=_evidence(situation, statistics, chosen),
        sampling_changed=_best(values) != _best(outlook.usual),
        why=explain(situation, statistics, chosen, sure.mean),
    )


@dataclass(frozen=True)
class Outlooks:
    """Value of each legal action: as acted on, at the means, and under draws (draw x action)."""

    acted: Values
    usual: Values
    draws: Floats

    def interval(self, name: str) -> tuple[float, float]:
        """90 % interval of an action's value: normal, since few draws give no quantiles.

        An episode brings at most its approval, so the interval ends at 1.
        """
        value, place = self.acted[name], list(self.acted).index(name)
        half = 1.645 * float(self.draws[:, place].std(ddof=1))
        return round(value - half, 9), round(min(value + half, max(value, 1.0)), 9)


def weighed(
    situation: Situation, statistics: Statistics, legal: tuple[str, ...], tau: float
) -> Outlooks:
    """What each legal action is worth, and how sure that is."""
    pick = believed(statistics, situation.seed_path, tau, VALUE_DRAWS)
    table = planned(situation, legal, pick, redo_value(situation, statistics))
    acted, usual = (dict(zip(legal, row.tolist(), strict=True)) for row in table[:2])
    return Outlooks(acted, usual, table[2:])


def _evidence(situation: Situation, statistics: Statistics, chosen: str) -> int:
    """Observations that speak about the choice: what it adds, or what a stop would leave out."""
    keys = {base_key(situation.episode), *(key for _, key in missing(situation))}
    for action in situation.table.actions:
        if action.name == chosen:
            new = set(action.covers) - covered(situation.episode, situation.progress)
            expected = situation.expected
            vetoes = {veto_of(situation, aspect, expected) for aspect in new}
            keys = {success_of(situation, action), *(key for key in vetoes if key)}
    return round(sum(statistics.observations(key) for key in keys))


def shown_anyway(policy: Policy, situation: Situation, statistics: Statistics) -> bool:
    """Whether a result would be shown as well if the second opinion on it were the other one."""
    progress = situation.progress
    if progress.second == "none":
        return False
    other = progress.model_copy(update={"second": "pass" if progress.second == "gap" else "gap"})
    return policy.act(situation.model_copy(update={"progress": other}), statistics) == STOP


class VetoPolicy:
    """Noisy-AND approval, mild posterior sampling, exact look-ahead, hard masks.

    Args:
        tau: width of the posterior sampling; 0 uses the means.
        name: name in the record.
        learnt: whether counts are used, or the priors alone.
    """

    def __init__(self, tau: float = TAU, name: str = "veto", learnt: bool = True) -> None:
        self.tau, self.name, self.learnt = tau, name, learnt

    def choose(self, situation: Situation, statistics: Statistics) -> Decision:
        """The action with the highest planned value; ties go to the first in the table."""
        statistics = self._used(statistics)
        legal, reasons = mask(situation)
        outlook = weighed(situation, statistics, legal, self._width(statistics))
        chosen, propensity = self.pick(situation, outlook.acted)
        decision = record(situation, statistics, chosen, outlook, reasons, self.name, propensity)
        shown = chosen == STOP
        return decision.model_copy(
            update={
                "probe": shown and self.probes(situation),
                "blind": shown and shown_anyway(self, situation, statistics),
            }
        )

    def probes(self, situation: Situation) -> bool:
        """Never: it goes by its self-checks."""
        return False

    def act(self, situation: Situation, statistics: Statistics) -> str:
        """The same action without its record."""
        legal, _ = mask(situation)
        if len(legal) == 1:
            return legal[0]
        statistics = self._used(statistics)
        pick = sampled(statistics, situation.seed_path, self._width(statistics))
        redo = redo_value(situation, statistics)
        return self.pick(situation, action_values(situation, legal, pick, redo))[0]

    def pick(self, situation: Situation, values: Mapping[str, float]) -> tuple[str, float]:
        """The choice among these values and its probability: always the best."""
        return _best(values), 1.0

    def _used(self, statistics: Statistics) -> Statistics:
        return statistics if self.learnt else statistics.without_counts()

    def _width(self, statistics: Statistics) -> float:
        return 0.0 if statistics.cautious else self.tau


@policy("veto")
def _veto() -> Policy:
    return VetoPolicy()


@policy("rules")
def _rules() -> Policy:
    return VetoPolicy(tau=0.0, name="rules", learnt=False)
