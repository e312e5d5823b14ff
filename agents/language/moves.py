"""Requests to go somewhere: back, on, or past an episode."""

from __future__ import annotations

import re
from typing import get_args

from synthcraft.agents.language.base import Card, Goto, Revert, Skip
from synthcraft.agents.language.phrasebook import pattern
from synthcraft.agents.language.scene import Reading, say
from synthcraft.agents.language.slots import find_checkpoint, find_episode
from synthcraft.graph.contracts import EpisodeName

_ORDER: tuple[EpisodeName, ...] = get_args(EpisodeName)
_NEAR = 40
"""Characters after "go to" or "skip" within which its episode must stand."""


def read_moves(raw: str, text: str, gate: str | None, card: Card) -> tuple[Reading, str]:
    """What is asked, and the text without the words that asked it."""
    back = pattern("acts", "revert").search(text)
    if back:
        return _back(raw, text, back, card)
    found = Reading()
    for name, intent in (("skip", Skip), ("goto", Goto)):
        match = pattern("acts", name).search(text)
        near = text[match.end() :][:_NEAR] if match else ""
        near = re.split(r",| and | then ", near)[0]
        episode = find_episode(near)
        if match and episode is None and name == "skip":
            this = _this(near) if near.strip() else text == match[0]
            episode = _episode_of(gate) if this else None
        if match and episode:
            if name == "goto" and _negated(text, match):
                return Reading(ask=say("negated")), text
            here = _episode_of(gate)
            earlier = here is not None and _ORDER.index(episode) < _ORDER.index(here)
            going_back = name == "goto" and earlier
            found.intents.append(Revert(to=episode) if going_back else intent(episode=episode))
            text = text[: match.start()] + text[match.end() + len(near) :]
    return found, text


def _back(raw: str, text: str, back: re.Match[str], card: Card) -> tuple[Reading, str]:
    if _negated(text, back):
        return Reading(ask=say("negated")), text
    rest = text[: back.start()] + " " + text[back.end() :]
    clause = re.split(r",| and | then ", text[back.start() :])[0]
    checkpoint = find_checkpoint(raw, card.checkpoints)
    episode = find_episode(clause)
    if checkpoint:
        return Reading([Revert(to=checkpoint)]), ""
    if pattern("acts", "revert_start").search(clause) and episode is None:
        return Reading([Revert(to="start")]), rest
    if episode:
        later = pattern("acts", "revert_after").search(clause)
        where = _ORDER[min(_ORDER.index(episode) + bool(later), len(_ORDER) - 1)]
        return Reading([Revert(to=where)]), rest
    if pattern("acts", "revert_previous").fullmatch(clause.strip()):
        return Reading([Revert(to="previous")]), rest
    return Reading(ask=say("revert_where")), text


def _negated(text: str, match: re.Match[str]) -> bool:
    return pattern("acts", "negations").search(text[: match.start()]) is not None


def _this(near: str) -> bool:
    return (
        re.fullmatch(
            r"\s*(this|it|that)?( (step|part|stage|episode|gate))?\s*(please|for now|now)?", near
        )
        is not None
    )


def _episode_of(gate: str | None) -> EpisodeName | None:
    if gate == "parameters":
        return "generation"
    return next((name for name in _ORDER if name == gate), None)
