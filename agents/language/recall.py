"""What "the second one" or "that column" means, in the light of the turns before."""

from __future__ import annotations

import re
from collections.abc import Callable

from synthcraft.agents.language.base import Card, UserTurn
from synthcraft.agents.language.phrasebook import pattern
from synthcraft.agents.language.scene import make_scene
from synthcraft.agents.language.text import plain

Read = Callable[[str], UserTurn]
_PLACES = {"first": 0, "second": 1, "third": 2, "last": -1}


def recalled(utterance: str, card: Card, read: Read) -> str | None:
    """The message with its reference replaced by names; None where nothing or several fit.

    Args:
        utterance: what was said now.
        card: what exists, and what was said before.
        read: reads one earlier message without looking further back.
    """
    text = plain(utterance)
    for kind in (*_PLACES, "other", "all", "it"):
        found = pattern("recall", kind).search(text)
        if found is None or not card.recent:
            continue
        names = _meant(kind, card, read)
        if not names:
            return None
        chosen = " and ".join(names)
        left = pattern("recall", "filler").sub("", text[: found.start()] + text[found.end() :])
        if left.strip(" ,"):
            return f"{text[: found.start()]}{chosen}{text[found.end() :]}"
        return _again(card, chosen, read) if kind in (*_PLACES, "other") else chosen
    return None


def offered(card: Card, read: Read) -> list[str]:
    """Names that the last turn offered in a question back."""
    if not card.recent:
        return []
    asked = read(card.recent[-1]).clarification or ""
    spoken = re.sub(r'"[^"]*"', " ", asked)
    inside = (name for name in (*card.columns, *card.generators) if name in spoken)
    places = {name: _place(spoken, name) for name in inside}
    return sorted((name for name, at in places.items() if at >= 0), key=lambda n: places[n])


def _meant(kind: str, card: Card, read: Read) -> list[str]:
    said = [_named(earlier, card) for earlier in card.recent]
    last = next((names for names in reversed(said) if names), [])
    if kind in _PLACES:
        choice = offered(card, read) or said[-1]
        place, asked = _PLACES[kind], read(card.recent[-1]).clarification or ""
        least = 1 if '"' in asked else 2  # one name may be the only one like what was written
        return [choice[place]] if len(choice) >= least and place < len(choice) else []
    if kind == "other":
        rest = [name for names in said for name in names if name not in said[-1]]
        return rest if said[-1] and len(set(rest)) == 1 else []
    return last if kind == "all" or len(last) == 1 else []


def _again(card: Card, chosen: str, read: Read) -> str:
    """The message before, with the name that was asked about replaced."""
    before = card.recent[-1]
    text = plain(before)
    unknown = re.search(r'"([^"]+)"', read(before).clarification or "")
    if unknown and plain(unknown[1]) in text:
        return text.replace(plain(unknown[1]), chosen)
    mentions = sorted(make_scene(before, text, False, card).mentions, key=lambda m: m.start)
    if not mentions:
        return chosen
    return f"{text[: mentions[0].start]}{chosen}{text[mentions[-1].end :]}"


def _named(message: str, card: Card) -> list[str]:
    """Columns and generators that a message names, in order."""
    mentions = make_scene(message, plain(message), False, card).mentions
    ordered = sorted(mentions, key=lambda m: m.start)
    return list(dict.fromkeys(name for m in ordered if not m.group for name in m.values))


def _place(text: str, name: str) -> int:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() if found else -1
