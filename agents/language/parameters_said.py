"""Parameters of generators: which one, and whose."""

from __future__ import annotations

import re
from typing import Any

from synthcraft.agents.language.phrasebook import book, patterns
from synthcraft.agents.language.scene import Reading, Scene, listed, say
from synthcraft.agents.language.slots import Mention

POSITIVE = "It must be above zero and not absurdly large."
_CLAUSE = re.compile(r" ?, ?| and |;")
_OWNS = re.compile(
    r"(?<!instead )(?<!which )(?<!best )(?<!one )(?:for|of|let|train)(?: the| only| just)*\s*$"
)
_LIST = re.compile(r"(?:\s|,|and|or|the)*")
_OWNED = r"(?: (?:of|for|in|on|with)(?: the)? (?:#+(?: ?,| and| or|,? and)? ?)+)?"
"""Generators, blanked out, between a parameter and its value: "n_iter of ctgan to 5000"."""


def named_beside(scene: Scene, start: int, end: int) -> str | None:
    """The parameter whose value stands at a place of the sentence, if one is named there."""
    before = blanked(scene)[:start]
    for name, found in patterns("names", "parameters").items():
        follows = found.match(scene.text, end + 1)
        leads = re.search(rf"{found.pattern}{_OWNED}{book('numbers')['gap']}$", before)
        if match := follows or leads:
            scene.cover(match)
            return name
    return None


def valueless(scene: Scene) -> str | None:
    """The question to ask when a parameter is named and no number is."""
    if scene.quantities:
        return None
    for name, found in patterns("names", "parameters").items():
        if found.search(scene.text):
            return say("parameter_value", name=name)
    return None


def put(scene: Scene, name: str, value: float, place: int, settings: dict[str, Any]) -> Reading:
    """Give a value to the generators that are meant and that have such a parameter.

    Args:
        scene: the sentence.
        name: of the parameter.
        value: as it was said.
        place: where in the sentence.
        settings: of the turn; the parameters in it are added to.
    """
    if value <= 0:
        return Reading(ask=say("range", what=name, value=f"{value:g}", allowed=POSITIVE))
    meant = _meant(scene, place)
    plan = scene.card.plan
    asked = meant or ([g.generator for g in plan.generators] if plan is not None else [])
    having = [generator for generator in dict.fromkeys(asked) if _has(generator, name)]
    lacking = [generator for generator in meant if generator not in having]
    if not having and lacking:
        return Reading(ask=say("parameter_none", name=name, generators=listed(lacking)))
    if not having:
        return Reading(ask=say("parameter_whose", name=name))
    whole = int(value) if value == int(value) else value
    parameters = settings.setdefault("parameters", {})
    for generator in having:
        parameters.setdefault(generator, {})[name] = whole
    note = say("parameter_to", name=name, value=f"{value:g}", generators=listed(having, "and"))
    if lacking:
        note = f"{note} {say('parameter_not', name=name, generators=listed(lacking, 'and'))}"
    return Reading(note=note)


def _meant(scene: Scene, place: int) -> list[str]:
    """Generators that a value belongs to; noted in the scene, so that nothing else is read of them.

    In the clause of the value: those that "for" leads to, else those before it, else those behind
    it. Where the clause names none, all of the sentence.
    """
    groups = _groups(scene)
    start, end = _clause(scene, groups, place)
    near = [g for g in groups if start <= g[0].start and g[-1].end <= end]
    led = [g for g in near if g[0].start > place and owns(scene.text[: g[0].start])]
    before = [g for g in near if g[-1].end <= place]
    chosen = led[:1] or before[-1:] or near[:1]
    mentions = [m for group in chosen or groups for m in group]
    if chosen and not scene.text[mentions[-1].end : place].strip().startswith("with"):
        scene.owners.update((m.start, m.end) for m in mentions)  # "ctgan with" asks for it, too
    return [name for mention in mentions for name in mention.values]


def owns(before: str) -> bool:
    """Whether what stands before a name makes it an owner: "500 epochs for", "batch size of"."""
    return _OWNS.search(before) is not None


def _groups(scene: Scene) -> list[list[Mention]]:
    """Generators of the sentence in their order; those of one list are together."""
    groups: list[list[Mention]] = []
    spoken = (m for m in scene.mentions if m.kind == "generator")
    for mention in sorted(spoken, key=lambda m: m.start):
        if groups and _LIST.fullmatch(scene.text[groups[-1][-1].end : mention.start]):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _clause(scene: Scene, groups: list[list[Mention]], place: int) -> tuple[int, int]:
    """The stretch between two breaks; "and" in a list of generators is none."""
    breaks = [
        match
        for match in _CLAUSE.finditer(scene.text)
        if not any(g[0].start <= match.start() and match.end() <= g[-1].end for g in groups)
    ]
    start = max((m.end() for m in breaks if m.end() <= place), default=0)
    end = min((m.start() for m in breaks if m.start() >= place), default=len(scene.text))
    return start, end


def _has(generator: str, parameter: str) -> bool:
    """Whether the catalogue knows such a parameter of a generator."""
    from synthcraft.graph.errors import InputError
    from synthcraft.tools.generators.catalogue import find

    try:
        return any(known.name == parameter for known in find(generator).parameters)
    except InputError:  # known to the phrase book alone
        return False


def blanked(scene: Scene) -> str:
    """The sentence with every letter of a generator's name as `#`."""
    text = scene.text
    for mention in scene.mentions:
        if mention.kind == "generator":
            hidden = "#" * (mention.end - mention.start)
            text = text[: mention.start] + hidden + text[mention.end :]
    return text
