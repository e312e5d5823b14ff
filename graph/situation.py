"""What a policy may know, and what it may do: hard masks, each with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from synthcraft.graph.aspects import IMPLIED
from synthcraft.graph.contracts import Action, EpisodeName, Frozen
from synthcraft.graph.episodes import (
    ACTION_LIMIT,
    ASK_LIMIT,
    ATTEMPT_LIMIT,
    CHECK_LIMIT,
    EPISODES,
    SELF_CHECK,
    STOP,
    Episode,
    indicated,
)
from synthcraft.graph.records import Flags
from synthcraft.graph.state import Progress


class Situation(Frozen):
    """Where one episode stands: structure and context flags, never data."""

    episode: EpisodeName
    progress: Progress = Progress()
    flags: Flags = Flags()
    barred: dict[str, str] = Field(default_factory=dict)
    """Actions that guards forbid from outside, each with the reason."""
    implied: tuple[str, ...] = ()
    """Aspects that follow from what the person named in other episodes."""
    required: tuple[str, ...] = ()
    """Actions that must have been tried before the result may be shown."""
    advised: bool = False
    """Whether a language model gives a second opinion at a self-check."""
    root_seed: int
    project: int = 0
    replan: int = 0

    @property
    def table(self) -> Episode:
        """The episode's row of the table."""
        return EPISODES[self.episode]

    @property
    def expected(self) -> frozenset[str]:
        """Aspects that the person is believed to want: their own words, else rules and hints."""
        wanted = frozenset(self.progress.wanted)
        if self.progress.revealed:
            return wanted
        hinted = frozenset(self.implied).intersection(self.table.aspects)
        return wanted | hinted | indicated(self.episode, self.flags)

    @property
    def seed_path(self) -> tuple[int, ...]:
        """Where the draws of this attempt come from."""
        place = list(EPISODES).index(self.episode)
        return (self.root_seed, self.project, place, self.progress.attempt, self.replan)

    @property
    def room(self) -> int:
        """Actions left in this attempt."""
        return max(ACTION_LIMIT - self.progress.steps, 0)

    def allowed(self, action: Action) -> bool:
        """Whether no guard forbids the action, now or later in this attempt."""
        too_often = action.asks and self.progress.asks >= ASK_LIMIT
        return action.name not in self.barred and not too_often

    def owed(self) -> tuple[str, ...]:
        """Required actions that no guard forbids, in table order."""
        names = (action.name for action in self.table.actions)
        return tuple(n for n in names if n in self.required and n not in self.barred)


def covered(episode: EpisodeName, progress: Progress) -> frozenset[str]:
    """Aspects that were met by an action that succeeded."""
    actions = EPISODES[episode].actions
    return frozenset(x for a in actions if a.name in progress.done for x in a.covers)


def implied(wanted: Mapping[str, tuple[str, ...]], episode: str) -> tuple[str, ...]:
    """Aspects that follow from what was named in other episodes (episode -> aspects)."""
    named = (a for other, aspects in wanted.items() if other != episode for a in aspects)
    return tuple(dict.fromkeys(x for aspect in named for x in IMPLIED.get(aspect, ())))


def mask(situation: Situation) -> tuple[tuple[str, ...], dict[str, str]]:
    """What may be chosen, in table order, and why the rest may not.

    Stopping is always possible when no work and no question is left: it then asks for help.
    """
    reasons = {name: why for name, why in _forbidden(situation) if why}
    names = [action.name for action in situation.table.actions]
    legal = [name for name in names if name not in reasons]
    if SELF_CHECK not in reasons:
        legal.append(SELF_CHECK)
    if STOP not in reasons or not any(name in legal for name in names):
        reasons.pop(STOP, None)
        legal.append(STOP)
    return tuple(legal), reasons


def _forbidden(situation: Situation) -> Iterator[tuple[str, str]]:
    for action in situation.table.actions:
        yield action.name, _why_not(situation, action)
    yield SELF_CHECK, _why_no_check(situation)
    yield STOP, _why_no_stop(situation)


def _full(situation: Situation) -> str:
    """Why nothing but a stop is left, if so."""
    if situation.progress.attempt >= ATTEMPT_LIMIT:
        return f"the result was sent back {ATTEMPT_LIMIT} times, a person takes over"
    if situation.room == 0:
        return f"the limit of {ACTION_LIMIT} actions is reached"
    return ""


def _why_not(situation: Situation, action: Action) -> str:
    progress = situation.progress
    if action.name in progress.done:
        return "done"
    if action.name in progress.failed:
        return "failed in this attempt"
    if action.name in situation.barred:
        return situation.barred[action.name]
    if action.asks and progress.asks >= ASK_LIMIT:
        return f"asked {ASK_LIMIT} times already"
    missing = [need for need in action.needs if need not in progress.done]
    if missing:
        return f"needs {', '.join(missing)} first"
    return _full(situation)


def _why_no_check(situation: Situation) -> str:
    progress = situation.progress
    if SELF_CHECK in situation.barred:
        return situation.barred[SELF_CHECK]
    if progress.steps == 0:
        return "there is nothing new to check"
    if progress.check != "none":
        return "checked already"
    if progress.checks >= CHECK_LIMIT:
        return f"checked {CHECK_LIMIT} times in this attempt"
    return _full(situation)


def _why_no_stop(situation: Situation) -> str:
    progress = situation.progress
    if STOP in situation.barred:
        return situation.barred[STOP]
    if _full(situation):
        return ""
    tried = {*progress.done, *progress.failed}
    owed = [name for name in situation.owed() if name not in tried]
    if owed:
        return f"{', '.join(owed)} must be tried first"
    wanted = situation.table.deliverable
    if not wanted or set(wanted) & set(progress.done) or tried.issuperset(wanted):
        return ""
    return f"there is no result yet: needs one of {', '.join(wanted)}"
