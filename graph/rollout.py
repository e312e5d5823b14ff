"""Logged projects, run again in a model of people and tools that rests on counts.

In the model a person has wishes, which stay the same through an episode. A wanted aspect that is
missing may veto a result; so may a thing too many, or nothing at all. The chances are those of
the statistics: an expected aspect is wanted so often that its lack is vetoed as often as counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from synthcraft.graph.approval import Pick, extras, sampled, success_of, veto_of
from synthcraft.graph.episodes import (
    ATTEMPT_LIMIT,
    CHECK_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    action_named,
)
from synthcraft.graph.learning import after_action, after_check, after_stop
from synthcraft.graph.logged import LoggedEpisode, LoggedProject, learnt_from
from synthcraft.graph.planner import Floats
from synthcraft.graph.situation import Situation, covered
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import base_key, extra_key, gap_key, veto_key

Choose = Callable[[Situation], str]
TOLD = (4.0, 1.0)
"""Rejections with and without a reason, before any were seen: people are asked for one."""
WIDEST = max(len(episode.aspects) for episode in EPISODES.values())
LONGEST = max(len(episode.actions) for episode in EPISODES.values())


@dataclass(frozen=True)
class Draws:
    """Every random number of one episode: the same for all policies, whatever they choose.

    Attributes:
        wishes: aspect.
        actions: attempt x action.
        checks: attempt x self-check.
        vetoes: attempt x aspect.
        verdicts: attempt x (nothing at all, a thing too many, whether the reason is told).
    """

    wishes: Floats
    actions: Floats
    checks: Floats
    vetoes: Floats
    verdicts: Floats


def draw(rng: np.random.Generator) -> Draws:
    """The random numbers of one episode."""
    return Draws(
        wishes=rng.random(WIDEST),
        actions=rng.random((ATTEMPT_LIMIT, LONGEST)),
        checks=rng.random((ATTEMPT_LIMIT, CHECK_LIMIT)),
        vetoes=rng.random((ATTEMPT_LIMIT, WIDEST)),
        verdicts=rng.random((ATTEMPT_LIMIT, 3)),
    )


@dataclass(frozen=True)
class Model:
    """People and tools.

    Attributes:
        pick: name of a parameter -> its value.
        tells: how likely a person names the aspect for which they sent a result back.
    """

    pick: Pick
    tells: float

    def wishes(self, situation: Situation, draws: Floats) -> dict[str, float]:
        """Wanted aspects, each with how likely its lack alone makes the person reject."""
        found = {}
        expected = situation.expected
        for aspect, drawn in zip(situation.table.aspects, draws.tolist(), strict=False):
            key = veto_of(situation, aspect, expected)
            if key is not None:
                veto = self.pick(key)
                weight = max(veto, self.pick(veto_key(situation.episode, aspect, "want")))
                if drawn * weight < veto:
                    found[aspect] = weight
        return found


def models(projects: Sequence[LoggedProject], number: int, seed: int) -> list[Model]:
    """Models that these projects leave possible: far apart where little was seen."""
    known = learnt_from(projects)
    steps = (step for project in projects for step in project.steps)
    sent_back = [step for step in steps if step.action == STOP and not step.ok]
    told = TOLD[0] + sum(bool(step.reasons) for step in sent_back)
    tells = told / (sum(TOLD) + len(sent_back))
    return [Model(cache(sampled(known, (seed, place), 1.0)), tells) for place in range(number)]


def run_again(episode: LoggedEpisode, choose: Choose, model: Model, draws: Draws) -> float:
    """Net reward of the episode under another policy, from its first situation to its end."""
    return _Course(episode, model, draws).run(choose)


class _Course:
    """One episode while it is run again."""

    def __init__(self, episode: LoggedEpisode, model: Model, draws: Draws) -> None:
        self.episode, self.model, self.draws = episode, model, draws
        self.situation = episode.start
        # A person's wishes follow from the context as it is, not as far as it was known.
        known = episode.steps[-1].situation
        person = known.model_copy(update={"progress": self.situation.progress})
        self.wishes = model.wishes(person, draws.wishes)
        self.net = 0.0

    def run(self, choose: Choose) -> float:
        """Until the result is approved or sent back for the last time."""
        progress = self.situation.progress
        while progress.status != "approved" and progress.attempt < ATTEMPT_LIMIT:
            self.situation = self.episode.at(progress)
            action = choose(self.situation)
            if action == STOP:
                approved, reasons = self._verdict()
                self.net += 1.0 if approved else -1.0
                progress = after_stop(progress, approved, reasons)
            elif action == SELF_CHECK:
                progress = after_check(progress, self._gap())
            else:
                progress = self._act(action)
        return self.net

    def _verdict(self) -> tuple[bool, tuple[str, ...]]:
        """Whether the result would be approved as it stands, and what the person would name."""
        name, progress = self.situation.episode, self.situation.progress
        vetoes, pick = self.draws.vetoes[progress.attempt], self.model.pick
        met = covered(name, progress)
        missed = [
            aspect
            for aspect, drawn in zip(self.situation.table.aspects, vetoes.tolist(), strict=False)
            if aspect not in met and drawn < self.wishes.get(aspect, 0.0)
        ]
        base, extra, telling = self.draws.verdicts[progress.attempt].tolist()
        forgiven = (1 - pick(extra_key(name))) ** extras(self.situation)
        if missed:
            heaviest = max(missed, key=lambda aspect: self.wishes[aspect])
            return False, (heaviest,) if telling < self.model.tells else ()
        return base < pick(base_key(name)) and extra < forgiven, ()

    def _gap(self) -> bool:
        progress = self.situation.progress
        approved, _ = self._verdict()
        chance = self.model.pick(gap_key("approved" if approved else "rejected"))
        place = min(progress.checks, CHECK_LIMIT - 1)
        return bool(self.draws.checks[progress.attempt, place] < chance)

    def _act(self, name: str) -> Progress:
        progress, table = self.situation.progress, self.situation.table
        action = action_named(table.name, name)
        drawn = self.draws.actions[progress.attempt, table.actions.index(action)]
        ok = bool(drawn < self.model.pick(success_of(self.situation, action)))
        self.net -= float(action.asks)
        return after_action(progress, action, ok, tuple(self.wishes))
