"""Leaving the choice of the generator to the program: "pick the best one for me"."""

from __future__ import annotations

import re

from synthcraft.agents.language.base import SetParameters
from synthcraft.agents.language.parameters_said import blanked
from synthcraft.agents.language.phrasebook import pattern
from synthcraft.agents.language.scene import Reading, Scene, say

CARDS = ("parameters", "generation")
"""Cards at which nothing but generators can be chosen."""


def read_choice(scene: Scene) -> Reading:
    """Whether the best generator is to be found, or no longer is."""
    own = pattern("choice", "own").search(scene.text)
    found = own or pattern("choice", "named").search(scene.text) or _bare(scene)
    before = scene.text[: found.start()].strip() if found else ""
    if found is None or _ends(before, "conditions"):
        return Reading()
    scene.cover(found)
    if not own and not _ends(before, "denied"):
        return Reading([SetParameters(choose=True)])
    plan = scene.card.plan
    if plan is not None and plan.choose:
        return Reading([SetParameters(choose=False)])
    return Reading(ask=say("choice_negated"))


def _ends(text: str, kind: str) -> bool:
    return re.search(rf"(?:{pattern('choice', kind).pattern})$", text) is not None


def _bare(scene: Scene) -> re.Match[str] | None:
    """A choice of nothing in particular; what is named behind it would be what is chosen."""
    if scene.card.gate not in CARDS or any(m.kind == "column" for m in scene.mentions):
        return None
    found = pattern("choice", "bare").search(scene.text)
    behind = blanked(scene)[found.end() :].strip(" ,:") if found else ""
    goes_on = behind.startswith("#") or pattern("choice", "behind").match(behind)
    return found if goes_on or not behind else None
