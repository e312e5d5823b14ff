"""Requests about columns and generators: who is governed by which cue, and what it asks."""

from __future__ import annotations

import re

from synthcraft.agents.language.base import (
    ChooseGenerators,
    Intent,
    SetRoles,
    SetSensitive,
    SetTarget,
)
from synthcraft.agents.language.cues import Governed
from synthcraft.agents.language.parameters_said import owns
from synthcraft.agents.language.phrasebook import book, pattern
from synthcraft.agents.language.scene import Reading, Scene, listed, say
from synthcraft.agents.language.slots import nearest
from synthcraft.graph.records import Role

_ROLES: dict[str, Role] = {
    "drop": "drop",
    "without": "drop",
    "identifier": "identifier",
    "date": "date",
    "free_text": "free_text",
    "keep": "feature",
    "feature": "feature",
}
_EXCLUDES = ("drop", "without")
_INCLUDES = ("use", "keep")


def read_columns(scene: Scene) -> Reading:
    """Target, roles, sensitive and protected columns."""
    if any(found.cue == "unsure" for found in scene.governed):
        return Reading(ask=say("negated"))
    reading = Reading()
    by_cue: dict[str, list[str]] = {}
    for found in scene.governed:
        mention = found.mention
        if mention.kind != "column":
            continue
        if len(mention.values) > 1:
            name = scene.text[mention.start : mention.end]
            ask = say("column_case", name=name, nearest=listed(list(mention.values)))
            return Reading(ask=ask)
        if found.contrast or (found.weak and scene.leftover()):
            continue  # "no group may be worse off", "death instead of bmi": neither has to go
        reading.fuzzy = reading.fuzzy or mention.fuzzy
        cue = found.cue or scene.card.facts.get("asks", "")
        by_cue.setdefault(cue, []).append(mention.values[0])
    targets = list(dict.fromkeys(by_cue.get("target", [])))
    if len(targets) > 1:
        return Reading(ask=say("target_many", nearest=listed(targets)))
    if targets:
        reading.intents.append(SetTarget(target=targets[0]))
    roles = {name: _ROLES[cue] for cue in by_cue if cue in _ROLES for name in by_cue[cue]}
    if roles:
        reading.intents.append(SetRoles(roles=roles))
    sensitive, protected = by_cue.get("sensitive"), by_cue.get("protected")
    if sensitive or protected:
        reading.intents.append(
            SetSensitive(
                sensitive=tuple(dict.fromkeys(sensitive)) if sensitive else None,
                protected=tuple(dict.fromkeys(protected)) if protected else None,
            )
        )
    return reading


def read_generators(scene: Scene) -> Reading:
    """Generators to run and to leave out."""
    include: list[str] = []
    exclude: list[str] = []
    alone = not scene.leftover()
    fuzzy = False
    for found in scene.governed:
        mention = found.mention
        if mention.kind != "generator":
            continue
        fuzzy = fuzzy or mention.fuzzy
        if _owner(scene, found):
            continue
        if found.cue in _EXCLUDES:
            exclude += mention.values
        elif found.cue in _INCLUDES or (found.cue is None and alone):
            include += mention.values
    everything = any(m.group == "all" for m in scene.mentions)
    if everything:
        include = [name for name in include if name not in exclude]
    if not include and not exclude:
        return Reading()
    choice = ChooseGenerators(
        include=tuple(dict.fromkeys(include)), exclude=tuple(dict.fromkeys(exclude))
    )
    return Reading([choice], fuzzy=fuzzy)


def _owner(scene: Scene, found: Governed) -> bool:
    """Named for something that it is to have: "500 epochs for ctgan", "let ctgan train longer"."""
    start, end = found.mention.start, found.mention.end
    given = (start, end) in scene.owners
    if found.cue is None or (given and found.cue in _EXCLUDES):
        near = (c for c in scene.cues if not scene.text[c.end : start].strip(" the"))
        refused = any(c.name in _EXCLUDES and c.end <= start for c in near)
        return not refused and (given or owns(scene.text[:start]))
    return given and owns(scene.text[:start])


def unknown_name(scene: Scene) -> str | None:
    """The question to ask when a cue such as "drop" is followed by a name we do not know."""
    firm = book("cues")["cues"]["firm"]
    for index, cue in enumerate(scene.cues):
        later = scene.cues[index + 1 :]
        end = later[0].start if later else len(scene.text)
        if cue.name not in firm:
            continue
        pieces = list(re.finditer(r"(?:(?!\s(?:and|or)\s|,).)+", scene.text[cue.end : end]))
        for piece in pieces:
            start, stop = cue.end + piece.start(), cue.end + piece.end()
            if any(
                s < stop and start < e for s, e in scene.covered if (s, e) != (cue.start, cue.end)
            ):
                continue
            name = scene.leftover(start, stop)
            if name and len(name.split()) <= 3:
                return _ask_column(scene, name)
    return None


def _ask_column(scene: Scene, name: str) -> str:
    if not scene.card.columns:
        return say("no_table")
    return say("column", name=name[:40], nearest=listed(nearest(name, scene.card.columns)))


def unused(scene: Scene, intents: list[Intent]) -> str | None:
    """The question to ask when a sentence was read and one of its names found no place in it."""
    taken = " ".join(repr(intent.changes().named()) for intent in intents)
    for found in scene.governed if intents else ():
        names = found.mention.values
        if (found.mention.start, found.mention.end) in scene.owners:
            continue
        if found.cue is None and not any(repr(name) in taken for name in names):
            what = f"{found.mention.kind}_what"
            return say(what, name=listed(list(names)))
    return None


def unplaced(scene: Scene) -> str | None:
    """The question to ask when names were said and nothing says what to do with them."""
    for found in scene.governed:
        if found.contrast and found.mention.kind == "column":
            continue
        name = listed(list(found.mention.values))
        if found.mention.kind == "generator":
            return say("generator_what", name=name)
        return say("column_what", name=name)
    loose = [c for c in scene.cues if c.name in ("use", "without", "drop")]
    after = scene.leftover(loose[-1].end) if loose else ""
    chooses = pattern("cues", "choosing").search(scene.text)
    if after and chooses and len(after.split()) <= 3:
        among = list(scene.card.generators or book("names")["generators"])
        return say("generator", name=after[:40], nearest=listed(nearest(after, among)))
    if after and loose[-1].name == "without" and len(after.split()) <= 2:
        return _ask_column(scene, after)
    return None
