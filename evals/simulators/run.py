"""One simulated project: a player, a world, and the production code's own state and masks."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Literal, NamedTuple

import numpy as np

from synthcraft.evals.simulators.nominal import MINUTES, budget
from synthcraft.evals.simulators.people import approval, judge
from synthcraft.evals.simulators.players import Event, Player
from synthcraft.evals.simulators.world import Bools, Draws, Truth, World, draw_project
from synthcraft.graph.contracts import Action, EpisodeName
from synthcraft.graph.episodes import (
    ATTEMPT_LIMIT,
    CHECK_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    action_named,
    next_episode,
)
from synthcraft.graph.errors import GuardError
from synthcraft.graph.learning import after_action, after_check, after_stop
from synthcraft.graph.situation import Situation, covered, mask
from synthcraft.graph.state import Progress

NAMED_SUCCESS = 0.9
"""What a person named is done with at least this success."""
OUT_OF_BUDGET_SUCCESS = 0.15
OPINION = 11
"""Stream of the second opinions."""
FIRST_CHECK = 10
"""Place of the first self-check among the draws of an attempt."""


@dataclass
class Tally:
    """What one project brought.

    Attributes:
        net: approvals minus questions and rejections; at most 6, higher is better.
        approved: episodes whose result was approved.
        questions: questions that the player chose to ask.
        redos: rejected results.
        validations: approvals of generator parameters.
        steps: actions and self-checks.
        minutes: compute of the generators.
        violations: masked choices and unvalidated fits (0 for every safe player).
        unevaluated: stops of the evaluation without any wanted result.
    """

    net: float = 0.0
    approved: int = 0
    questions: int = 0
    redos: int = 0
    validations: int = 0
    steps: int = 0
    minutes: float = 0.0
    violations: int = 0
    unevaluated: int = 0

    @property
    def contacts(self) -> int:
        """Every time the person was needed."""
        return self.questions + self.approved + self.redos + self.validations

    @property
    def completed(self) -> bool:
        """Whether all six episodes were approved."""
        return self.approved == len(EPISODES)

    def numbers(self) -> tuple[float, ...]:
        """All fields as numbers, in the order of their names."""
        return tuple(float(x) for x in astuple(self))


COLUMNS = tuple(field.name for field in fields(Tally))


class Step(NamedTuple):
    """One line of the log."""

    project: int
    episode: EpisodeName
    attempt: int
    action: str
    ok: bool


class _Project:
    """The mutable state of one project while it is simulated."""

    def __init__(self, player: Player, world: World, number: int, log: list[Step] | None) -> None:
        self.player, self.world, self.number, self.log = player, world, number, log
        self.draws: Draws = draw_project(world.seed, number)
        self.flags = self.draws.flags
        hidden = "unknown" if self.flags.ambiguous else self.flags.privacy
        self.known = self.flags.model_copy(update={"privacy": hidden})
        self.tally = Tally()
        self.validated = False

    def run(self) -> Tally:
        """All six episodes in their order; a person takes over after the third rejection."""
        progress: dict[str, Progress] = {}
        while (name := next_episode(progress)) is not None:
            progress[name] = _Episode(self, name).run()
        return self.tally


class _Episode:
    """One episode of a project."""

    def __init__(self, project: _Project, name: EpisodeName) -> None:
        self.project, self.name, self.table = project, name, EPISODES[name]
        self.place = list(EPISODES).index(name)
        draws = project.draws.wishes[self.place]
        self.truth: Truth = project.world.truth(name, project.flags, project.number, draws)
        aspects = self.table.aspects
        self.wanted = tuple(a for a, w in zip(aspects, self.truth.wanted, strict=True) if w)
        self.progress = Progress()
        self.named: set[str] = set()

    def run(self) -> Progress:
        """Until the result is approved or sent back for the last time."""
        self.project.player.begin(self.situation(), self.truth)
        while self.progress.status == "open" and self.progress.attempt < ATTEMPT_LIMIT:
            self.step()
        if self.progress.status != "open" or self.progress.revealed:
            self._reveal_privacy()
        return self.progress.model_copy(update={"status": "skipped"})

    def _reveal_privacy(self) -> None:
        if self.name == "intent":
            self.project.known = self.project.flags

    def situation(self) -> Situation:
        """What the player may know."""
        project = self.project
        return Situation(
            episode=self.name,
            progress=self.progress,
            flags=project.known,
            barred=self._unaffordable() if self.name == "generation" else {},
            advised=project.world.spec.opinion is not None,
            root_seed=project.world.seed,
            project=project.number,
        )

    def _unaffordable(self) -> dict[str, str]:
        left = budget(self.project.flags) - self.project.tally.minutes
        return {
            name: "it would take more time than is left"
            for name, minutes in MINUTES.items()
            if minutes(self.project.flags) > left
        }

    def step(self) -> None:
        """One choice and what follows from it."""
        project, situation = self.project, self.situation()
        choice = project.player.choose(situation)
        legal, reasons = mask(situation)
        if choice not in legal:
            if project.player.safe:
                why = reasons.get(choice, "there is no such action")
                raise GuardError(f"{project.player.name} chose {self.name}.{choice}: {why}.")
            project.tally.violations += 1
        if choice == STOP:
            event = self._stop()
        elif choice == SELF_CHECK:
            event = self._check()
        else:
            event = self._act(action_named(self.name, choice), choice in legal)
        if project.log is not None:
            attempt = situation.progress.attempt
            project.log.append(Step(project.number, self.name, attempt, choice, event.ok))
        project.player.learn(situation, event)

    def _unmet(self) -> Bools:
        met = covered(self.name, self.progress)
        unmet: Bools = self.truth.wanted & np.array([a not in met for a in self.table.aspects])
        return unmet

    def _extras(self) -> int:
        """Things that were done although the person wants nothing of what they cover."""
        work = (a for a in self.table.actions if a.name in self.progress.done and not a.asks)
        return sum(bool(a.covers) and not set(a.covers) & set(self.wanted) for a in work)

    def _stop(self) -> Event:
        tally, unmet, weights = self.project.tally, self._unmet(), self.truth.weights
        if self.name == "evaluation" and not covered(self.name, self.progress):
            tally.unevaluated += 1
        chance = approval(self.project.world, weights, unmet, self._extras())
        draws = self.project.draws.verdicts[self.place, self.progress.attempt]
        verdict = judge(self.project.world, chance, weights, unmet, draws)
        reasons = () if verdict.reason is None else (self.table.aspects[verdict.reason],)
        self.named.update(reasons)
        self.progress = after_stop(self.progress, verdict.approved, reasons)
        tally.approved += verdict.approved
        tally.redos += not verdict.approved
        reward = 1.0 if verdict.approved else -1.0
        tally.net += reward
        last = verdict.approved or self.progress.attempt >= ATTEMPT_LIMIT
        return Event(STOP, verdict.approved, reward, reasons, last)

    def _check(self) -> Event:
        truth, progress = self.truth, self.progress
        chance = truth.sensitivity if self._unmet().any() else truth.false_alarm
        place = FIRST_CHECK + min(progress.checks, CHECK_LIMIT - 1)
        gap = bool(self.project.draws.actions[self.place, progress.attempt, place] < chance)
        self.progress = after_check(progress, gap, self._opinion())
        self.project.tally.steps += 1
        return Event(SELF_CHECK, not gap)

    def _opinion(self) -> Literal["none", "pass", "gap"]:
        """A second opinion, from draws of its own."""
        project, progress = self.project, self.progress
        if project.world.spec.opinion is None:
            return "none"
        place = (project.number, self.place, progress.attempt, progress.checks)
        draw = np.random.default_rng([project.world.seed, OPINION, *place]).random()
        lacking, complete = project.world.spec.opinion
        return "gap" if draw < (lacking if self._unmet().any() else complete) else "pass"

    def _act(self, action: Action, legal: bool) -> Event:
        tally = self.project.tally
        place = [a.name for a in self.table.actions].index(action.name)
        chance = float(self.truth.success[place])
        if self.named.intersection(action.covers):
            chance = max(chance, NAMED_SUCCESS)
        if action.trains:
            self._validate(legal)
            tally.minutes += MINUTES[action.name](self.project.flags)
            if tally.minutes > budget(self.project.flags):
                chance = OUT_OF_BUDGET_SUCCESS
        ok = bool(self.project.draws.actions[self.place, self.progress.attempt, place] < chance)
        self.progress = after_action(self.progress, action, ok, self.wanted)
        tally.steps += 1
        tally.questions += action.asks
        tally.net -= action.asks
        return Event(action.name, ok, -float(action.asks))

    def _validate(self, legal: bool) -> None:
        """Parameters are approved before the first fit, by the person and not by the player."""
        if not self.project.validated:
            self.project.validated = legal
            self.project.tally.validations += legal
            self.project.tally.violations += not legal


def run_project(player: Player, world: World, number: int, log: list[Step] | None = None) -> Tally:
    """Simulate one project of this world.

    Args:
        player: keeps what it learns for the next project.
        world: true parameters.
        number: number of the project; it decides every random number of the world.
        log: where to write every choice.

    Raises:
        GuardError: a safe player chose something that is masked.
    """
    return _Project(player, world, number, log).run()
