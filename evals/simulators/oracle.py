"""Benchmarks that know the truth: the planning oracle, and the clairvoyant above it."""

from __future__ import annotations

import numpy as np

from synthcraft.evals.simulators.people import EXTRA_VETO
from synthcraft.evals.simulators.players import Base, Event
from synthcraft.evals.simulators.run import NAMED_SUCCESS
from synthcraft.evals.simulators.world import Floats, Truth
from synthcraft.graph.contracts import EpisodeName
from synthcraft.graph.episodes import ATTEMPT_LIMIT, EPISODES, SELF_CHECK, STOP, action_named
from synthcraft.graph.planner import FINEST, Lattice, Outlook, Plan, Sign, encode, lattice, plan
from synthcraft.graph.situation import Situation, covered, mask

HANDICAP = 1e-6
_RETURNS = ((5.0, 2.5), (5.0, 1.5))
"""(number, sum) of what followed the first and the second rejection, before any experience."""


class Oracle(Base):
    """Knows every true parameter but not the wishes of this project; plans exactly.

    It assumes that lacks act one by one: where they add up it is near the best, not the best.
    """

    name = "oracle"

    def __init__(self) -> None:
        self.chances: Floats = np.zeros(0)
        self.truth: Truth
        self._named: set[str] = set()
        self._returns = {name: [list(pair) for pair in _RETURNS] for name in EPISODES}

    def begin(self, situation: Situation, truth: Truth) -> None:
        """Start from the true probabilities of the wishes."""
        self.truth, self.chances, self._named = truth, self.first_chances(truth), set()

    def first_chances(self, truth: Truth) -> Floats:
        """What is known of the wishes before anything happened."""
        return truth.chances.copy()

    def choose(self, situation: Situation) -> str:
        """The best first action of the exact plan."""
        legal, _ = mask(situation)
        outlook = self._plan(situation)
        names = (action.name for action in situation.table.actions)
        values = dict(zip(names, outlook.actions.tolist(), strict=True))
        values[SELF_CHECK] = outlook.check - HANDICAP
        values[STOP] = float(outlook.stop)
        return max(legal, key=lambda name: round(values[name], 9))

    def _plan(self, situation: Situation) -> Plan:
        episode, progress = situation.table, situation.progress
        tree = lattice(episode, encode(episode, progress.done, progress.failed), situation.room)
        approval, gap = self._beliefs(situation, tree)
        heard = {"none": Sign(), "pass": gap.otherwise(), "gap": gap}[progress.check]
        success = self.truth.success.copy()
        for place, action in enumerate(episode.actions):
            if self._named.intersection(action.covers):
                success[place] = max(success[place], NAMED_SUCCESS)
        number, total = self._pair(situation.episode, progress.attempt)
        return plan(
            tree,
            Outlook(
                approval=approval,
                success=success,
                cost=np.array([float(a.asks) for a in episode.actions]),
                allowed=np.array([situation.allowed(a) for a in episode.actions]),
                may_stop=tree.presentable,
                signs=(gap.otherwise(), gap),
                heard=heard,
                redo_value=total / number,
            ),
        )

    def _beliefs(self, situation: Situation, tree: Lattice) -> tuple[Floats, Sign]:
        """Approval in every node, and a gap there."""
        truth, unmet = self.truth, ~tree.met
        forgiven = np.ones(len(tree.done))
        aspects = situation.table.aspects
        for place, action in enumerate(situation.table.actions):
            if action.covers and not action.asks:
                covers = [aspects.index(aspect) for aspect in action.covers]
                unwanted = float((1 - self.chances[covers]).prod())
                forgiven *= np.where(tree.done[:, place], 1 - EXTRA_VETO * unwanted, 1.0)
        best = truth.goodwill * forgiven
        p = best * np.where(unmet, 1 - self.chances * truth.weights, 1.0).prod(axis=1)
        p = np.clip(p, FINEST, 1 - FINEST)
        complete = np.where(unmet, 1 - self.chances, 1.0).prod(axis=1)
        approved_complete = best * complete
        high, low = truth.sensitivity, truth.false_alarm
        both = low * approved_complete + high * (p - approved_complete)
        gap = low * complete + high * (1 - complete)
        return p, Sign(both / p, (gap - both) / (1 - p))

    def learn(self, situation: Situation, event: Event) -> None:
        """Bayes' rule on the wishes after an answer or a rejection."""
        if event.action == STOP:
            if not event.ok:
                self._after_rejection(situation, event)
            if event.last:
                self._count_returns(situation, event)
        elif event.action != SELF_CHECK:
            action = action_named(situation.episode, event.action)
            if event.ok and action.reveals:
                self.chances = self.truth.wanted.astype(float)

    def _after_rejection(self, situation: Situation, event: Event) -> None:
        truth, q = self.truth, self.chances
        met = covered(situation.episode, situation.progress)
        aspects = situation.table.aspects
        unmet = np.array([aspect not in met for aspect in aspects])
        vetoes = 1 - q * truth.weights
        # Only what is missing matters for the approval of what was shown.
        p = truth.goodwill * float(np.where(unmet, vetoes, 1.0).prod()) * self._forgiven(situation)
        silent = p * (1 - truth.weights) / np.maximum(vetoes, 1e-6)
        after = np.clip(q * (1 - silent) / max(1 - p, 1e-6), 0.0, 1.0)
        self.chances = np.where(unmet, after, q)
        for reason in event.reasons:
            self.chances[aspects.index(reason)] = 1.0
            self._named.add(reason)

    def _forgiven(self, situation: Situation) -> float:
        forgiven, aspects = 1.0, situation.table.aspects
        for action in situation.table.actions:
            if action.name in situation.progress.done and action.covers and not action.asks:
                covers = [aspects.index(aspect) for aspect in action.covers]
                forgiven *= 1 - EXTRA_VETO * float((1 - self.chances[covers]).prod())
        return forgiven

    def _pair(self, name: EpisodeName, attempt: int) -> tuple[float, float]:
        if attempt >= ATTEMPT_LIMIT - 1:
            return 1.0, 0.0
        number, total = self._returns[name][attempt]
        return number, total

    def _count_returns(self, situation: Situation, event: Event) -> None:
        returns = (*situation.progress.returns, event.reward)
        for attempt in range(len(returns) - 1):
            pair = self._returns[situation.episode][attempt]
            pair[0] += 1
            pair[1] += sum(returns[attempt + 1 :])


class Clairvoyant(Oracle):
    """Sees the wishes of this project as well: what no policy can reach."""

    name = "clairvoyant"

    def first_chances(self, truth: Truth) -> Floats:
        """The wishes themselves."""
        return truth.wanted.astype(float)
