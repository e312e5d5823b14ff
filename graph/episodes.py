"""What follows from the episode table: lookups, order, indications and its own check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from synthcraft.graph.aspects import ASPECT_WORDS, RULES, RULES_VERSION
from synthcraft.graph.contracts import Action, EpisodeName
from synthcraft.graph.episode_table import EPISODES, Episode
from synthcraft.graph.errors import GuardError, NotFoundError
from synthcraft.graph.records import Flags, digest_of
from synthcraft.graph.state import Progress

__all__ = [
    "ACTION_LIMIT",
    "ASK_LIMIT",
    "ASPECT_WORDS",
    "ATTEMPT_LIMIT",
    "CHECK_LIMIT",
    "EPISODES",
    "RULES",
    "RULES_VERSION",
    "SELF_CHECK",
    "STOP",
    "Episode",
    "action_named",
    "catalog_hash",
    "check_table",
    "dependants",
    "indicated",
    "next_episode",
    "success_level",
]

SELF_CHECK = "self_check"
STOP = "stop"
ACTION_LIMIT = 5
ATTEMPT_LIMIT = 3
CHECK_LIMIT = 2
ASK_LIMIT = 3
CLOSED = frozenset({"approved", "skipped"})


_LOW, _MIDDLE, _HIGH = 0.35, 0.60, 0.85
_LEVELS: dict[str, tuple[float, float]] = {
    "detect_identifiers": (_MIDDLE, _HIGH),
    "infer_from_prompt": (_LOW, _HIGH),
    "infer_from_data": (_MIDDLE, _HIGH),
    "draft_use_case": (_LOW, _HIGH),
    "gen_fast": (_HIGH, _MIDDLE),
    "gen_gan": (_LOW, _HIGH),
    "gen_diffusion": (_MIDDLE, _HIGH),
    "gen_dp": (_MIDDLE, _HIGH),
    "tune_hparams": (_LOW, _HIGH),
    "switch_generator": (_MIDDLE, _HIGH),
}
"""Expected success where the flag of the action's `key` is set, and where it is not."""


def action_named(episode: EpisodeName, name: str) -> Action:
    """The action of that name in the episode."""
    for action in EPISODES[episode].actions:
        if action.name == name:
            return action
    raise NotFoundError(f"The episode {episode} has no action named {name!r}.")


def indicated(episode: EpisodeName, flags: Flags) -> frozenset[str]:
    """Aspects that the domain rules expect a person to want in this context."""
    return frozenset(
        aspect
        for aspect in EPISODES[episode].aspects
        if aspect not in RULES or RULES[aspect].holds(flags)
    )


def success_level(action: Action, flags: Flags) -> float:
    """Expected probability that the action succeeds, before any experience."""
    if action.name not in _LEVELS:
        return _HIGH
    hard, usual = _LEVELS[action.name]
    return hard if any(getattr(flags, flag) for flag in action.key) else usual


def next_episode(progress: Mapping[str, Progress]) -> EpisodeName | None:
    """First episode in the default order that is open and whose predecessors are closed."""
    closed = {name for name, entry in progress.items() if entry.status in CLOSED}
    for name, episode in EPISODES.items():
        if name not in closed and closed.issuperset(episode.after):
            return name
    return None


def dependants(name: EpisodeName) -> tuple[EpisodeName, ...]:
    """Episodes that rest on this one, directly or not: stale when it is reopened."""
    found: set[EpisodeName] = {name}
    for other in EPISODES.values():
        if found.intersection(other.after):
            found.add(other.name)
    return tuple(other for other in EPISODES if other in found and other != name)


@lru_cache(maxsize=1)
def catalog_hash() -> str:
    """Digest of everything in the table that gives the counts their meaning."""
    fields = {"name", "needs", "covers", "asks", "reveals", "key"}
    return digest_of(
        {
            name: {
                "aspects": episode.aspects,
                "deliverable": episode.deliverable,
                "actions": [a.model_dump(mode="json", include=fields) for a in episode.actions],
            }
            for name, episode in EPISODES.items()
        }
    )


def check_table(episodes: Iterable[Episode]) -> None:
    """Refuse a table in which something could never be reached, and say what."""
    table = list(episodes)
    _refuse_cycles({e.name: e.after for e in table}, "The order of the episodes")
    for episode in table:
        where = f"The episode {episode.name}"
        needs = {action.name: action.needs for action in episode.actions}
        if len(needs) < len(episode.actions) or needs.keys() & {SELF_CHECK, STOP}:
            raise GuardError(f"{where} has two actions of one name or a reserved name.")
        if unknown := set(episode.deliverable) - needs.keys():
            raise GuardError(f"{where}: deliverable {sorted(unknown)} is no action of it.")
        for action in episode.actions:
            if unknown := set(action.covers) - set(episode.aspects):
                raise GuardError(f"{where}: {action.name} covers unknown {sorted(unknown)}.")
            if unknown := set(action.key) - set(Flags.model_fields):
                raise GuardError(f"{where}: {action.name} is keyed by unknown {sorted(unknown)}.")
        _refuse_cycles(needs, where)


def _refuse_cycles(before: Mapping[str, tuple[str, ...]], where: str) -> None:
    """Raise when a name waits for an unknown one or, through others, for itself."""
    settled: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            cycle = " -> ".join((*path[path.index(name) :], name))
            raise GuardError(f"{where} can never be carried out: {cycle} is a cycle.")
        if name not in before:
            raise GuardError(f"{where}: {path[-1]} needs {name}, which does not exist.")
        if name not in settled:
            for other in before[name]:
                visit(other, (*path, name))
            settled.add(name)

    for name in before:
        visit(name, ())
