"""The one protocol behind which every policy is simulated, and production policies in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from synthcraft.evals.simulators.world import Truth
from synthcraft.graph.bandit import Policy, VetoPolicy, shown_anyway
from synthcraft.graph.episodes import SELF_CHECK, STOP, action_named
from synthcraft.graph.learning import (
    learn_action,
    learn_check,
    learn_returns,
    learn_second,
    learn_stop,
)
from synthcraft.graph.situation import Situation
from synthcraft.graph.statistics import Statistics
from synthcraft.graph.study import StudyPolicy
from synthcraft.tools.counts import Counts, add_counts

STUDIED = 60
"""Projects in study mode before the self-checks count as calibrated."""


@dataclass(frozen=True)
class Event:
    """What came back from a choice.

    Attributes:
        action: what was chosen.
        ok: the action succeeded, the self-check passed, or the result was approved.
        reward: minus one for a question or a rejection, one for an approval.
        reasons: aspects that the person named when they rejected.
        last: whether the episode ends here.
    """

    action: str
    ok: bool
    reward: float = 0.0
    reasons: tuple[str, ...] = ()
    last: bool = False


class Player(Protocol):
    """Extension point: a policy in the simulator, with whatever it keeps between projects.

    Attributes:
        name: name in the results.
        safe: whether a masked choice is an error; an unsafe player's are carried out and counted.
        emulated: whether it stands in for something else (a language model).
    """

    name: str
    safe: bool
    emulated: bool

    def begin(self, situation: Situation, truth: Truth) -> None:
        """An episode begins; only oracles may look at the truth."""
        ...

    def choose(self, situation: Situation) -> str:
        """Name of an action of the episode, of the self-check or of the stop."""
        ...

    def learn(self, situation: Situation, event: Event) -> None:
        """Feedback on the choice that was made in this situation."""
        ...


class Base:
    """A player that learns nothing."""

    name = ""
    safe = True
    emulated = False

    def begin(self, situation: Situation, truth: Truth) -> None:
        """Nothing to prepare."""

    def learn(self, situation: Situation, event: Event) -> None:
        """Nothing to learn."""


class Production(Base):
    """A policy of the router, driven and taught as a project does.

    Args:
        policy: the policy itself.
        learns: whether its counts are kept.
        memory: how earlier projects count; the default is what the router ships with.
        name: name in the results; else the policy's own.
    """

    def __init__(
        self,
        policy: Policy,
        learns: bool = True,
        memory: Statistics | None = None,
        name: str | None = None,
    ) -> None:
        self.policy, self.learns = policy, learns
        self.name = name or policy.name
        self.statistics = memory or Statistics()
        self._project = 0

    def begin(self, situation: Situation, truth: Truth) -> None:
        """A new project starts with what the earlier ones taught."""
        if situation.project != self._project:
            old = self.statistics
            earlier = add_counts(old.installation, old.session)
            self.statistics = replace(old, installation=earlier, session={})
            self._project = situation.project

    def choose(self, situation: Situation) -> str:
        """The policy's own choice."""
        return self.policy.choose(situation, self.statistics).action

    def learn(self, situation: Situation, event: Event) -> None:
        """Add the counts that the production code derives from the event."""
        if self.learns:
            self.statistics = self.statistics.with_counts(self._counts(situation, event))

    def _counts(self, situation: Situation, event: Event) -> Counts:
        if event.action == SELF_CHECK:
            return {}
        if event.action != STOP:
            action = action_named(situation.episode, event.action)
            return learn_action(self.statistics, situation, action, event.ok)
        counts = learn_stop(self.statistics, situation, event.ok, event.reasons)
        if self.policy.probes(situation):
            counts = add_counts(counts, learn_check(situation, event.ok))
        if shown_anyway(self.policy, situation, self.statistics):
            counts = add_counts(counts, learn_second(situation, event.ok))
        if event.last:
            returns = (*situation.progress.returns, event.reward)
            counts = add_counts(counts, learn_returns(situation.episode, returns))
        return counts


class Planned(Production):
    """A policy without the record of its choice: the same choices, sooner.

    The record (means, interval, sentence) decides nothing; a test holds the choices to those of
    the complete policy.
    """

    def __init__(
        self, policy: Policy, memory: Statistics | None = None, name: str | None = None
    ) -> None:
        super().__init__(policy, policy.learnt, memory, name)

    def choose(self, situation: Situation) -> str:
        """The policy's own choice."""
        return self.policy.act(situation, self.statistics)


class Calibrated(Planned):
    """The default policy, after some projects in study mode that calibrate its self-checks."""

    def __init__(self, studied: int = STUDIED) -> None:
        super().__init__(StudyPolicy(), name="veto_calibrated")
        self.studied = studied

    def begin(self, situation: Situation, truth: Truth) -> None:
        """From the first project after the study on, the default policy."""
        super().begin(situation, truth)
        if situation.project >= self.studied:
            self.policy = VetoPolicy()


def rules_player() -> Planned:
    """The same planner with the priors of the rules alone."""
    return Planned(VetoPolicy(tau=0.0, name="rules", learnt=False))
