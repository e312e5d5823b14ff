"""Closed projects as their logs tell them: what was known, what was chosen, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from synthcraft.graph.episodes import SELF_CHECK, STOP, action_named
from synthcraft.graph.learning import learn_action, learn_check, learn_second, learn_stop
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics
from synthcraft.tools.counts import Counts, add_counts


@dataclass(frozen=True)
class LoggedStep:
    """One decision and what came of it.

    Attributes:
        situation: what the policy knew.
        action: what it chose.
        policy: its name.
        propensity: how likely it was to choose this.
        ok: whether the action succeeded, the check passed or the result was approved; None if
            it was not carried out.
        reasons: aspects that the person missed in a result that they sent back.
        reward: 1 for an approval, -1 for a question or a result that was sent back, else 0.
        probe: whether a result was shown whatever the self-check had found.
        blind: whether it was shown whatever the second opinion had been.
    """

    situation: Situation
    action: str
    policy: str
    propensity: float = 1.0
    ok: bool | None = None
    reasons: tuple[str, ...] = ()
    reward: float = 0.0
    probe: bool = False
    blind: bool = False


@dataclass(frozen=True)
class LoggedEpisode:
    """One course through an episode; an episode that was opened again has one more."""

    steps: tuple[LoggedStep, ...]

    @property
    def start(self) -> Situation:
        """The situation of the first decision."""
        return self.steps[0].situation

    def at(self, progress: Progress) -> Situation:
        """The situation with this progress.

        Context flags and guards change while work is done: they are those of the last logged
        decision before which nothing had been done that is not done here. No second opinion is
        simulated, so none is counted on.
        """
        done = frozenset(progress.done)
        fitting = (situation for before, situation in self._latest_first if before <= done)
        return next(fitting, self.start).model_copy(update={"progress": progress, "advised": False})

    @cached_property
    def _latest_first(self) -> tuple[tuple[frozenset[str], Situation], ...]:
        situations = (step.situation for step in reversed(self.steps))
        return tuple((frozenset(place.progress.done), place) for place in situations)


@dataclass(frozen=True)
class LoggedProject:
    """A closed project.

    Attributes:
        episodes: the courses through its episodes, in their order.
        known: what the policy had learnt when the project began.
    """

    episodes: tuple[LoggedEpisode, ...]
    known: Statistics

    @property
    def steps(self) -> Iterator[LoggedStep]:
        """All decisions in their order."""
        return (step for episode in self.episodes for step in episode.steps)

    @property
    def net(self) -> float:
        """Approvals minus questions and results that were sent back; higher is better."""
        return sum(step.reward for step in self.steps)


def learnt_from(projects: Iterable[LoggedProject]) -> Statistics:
    """What exactly these projects teach, each observation in full."""
    statistics = Statistics()
    for project in projects:
        for step in project.steps:
            statistics = statistics.with_counts(_taught(statistics, step))
    return statistics


def _taught(statistics: Statistics, step: LoggedStep) -> Counts:
    if step.ok is None or step.action == SELF_CHECK:
        return {}
    if step.action == STOP:
        learnt = learn_stop(statistics, step.situation, step.ok, step.reasons)
        checked = learn_check(step.situation, step.ok) if step.probe else {}
        second = learn_second(step.situation, step.ok) if step.blind else {}
        return add_counts(add_counts(learnt, checked), second)
    action = action_named(step.situation.episode, step.action)
    return learn_action(statistics, step.situation, action, step.ok)
