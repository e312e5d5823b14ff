"""Turning the classifier's guess into an intent, where the sentence holds all that it needs."""

from __future__ import annotations

import re
from collections.abc import Callable

from synthcraft.agents.language import classifier
from synthcraft.agents.language.base import (
    ChooseGenerators,
    Goto,
    Intent,
    Question,
    Revise,
    SetParameters,
    SetRoles,
    SetSensitive,
    SetSize,
    SetTarget,
    SetTask,
    SetTier,
    SetUseCase,
    Skip,
    Smalltalk,
)
from synthcraft.agents.language.phrasebook import pattern
from synthcraft.agents.language.questions import is_polite_request, topic_of
from synthcraft.agents.language.scene import Reading, Scene, say
from synthcraft.agents.language.slots import find_episode

GRAVE = ("approve", "stop", "revert")
"""Never done on a guess: the person is asked for the plain word."""
_SHARES = {"same": 1.0, "half": 0.5, "double": 2.0}
_PRESETS = ("quick", "standard", "paper")


def opinion(scene: Scene, guess: classifier.Guesser = classifier.guess) -> Reading | None:
    """What a sentence that the rules do not read most likely means; None when unsure."""
    best = guess(scene)
    if not best.sure or not re.search(r"[a-z]", classifier.spare(scene)):
        return None
    kind, value = best.kind, best.value
    negative = pattern("acts", "negations").search(scene.text) is not None
    if negative and not classifier.may_be_negative(kind, value):
        return None
    if kind in GRAVE:
        return Reading(ask=say(f"sounds_like_{kind}"))
    made = _MAKERS[kind](scene, value) if kind in _MAKERS else None
    return Reading([made], guessed=True) if made is not None else None


def _names(scene: Scene, kind: str) -> tuple[str, ...]:
    """The names in the sentence; none where one is unclear or of another kind."""
    mentions = scene.mentions
    if any(m.kind != kind or (len(m.values) > 1 and not m.group) for m in mentions):
        return ()
    return tuple(dict.fromkeys(name for m in mentions for name in m.values))


def _bare(scene: Scene) -> bool:
    return not scene.mentions and not scene.quantities


def _use_case(scene: Scene, value: str) -> Intent | None:
    fits = not scene.quantities and all(m.kind == "column" for m in scene.mentions)
    return SetUseCase.model_validate({"use_case": value}) if fits else None


def _target(scene: Scene, _: str) -> Intent | None:
    names = _names(scene, "column")
    return SetTarget(target=names[0]) if len(names) == 1 else None


def _roles(scene: Scene, value: str) -> Intent | None:
    names = _names(scene, "column")
    return SetRoles.model_validate({"roles": dict.fromkeys(names, value)}) if names else None


def _sensitive(scene: Scene, value: str) -> Intent | None:
    names = _names(scene, "column")
    return SetSensitive.model_validate({value: names}) if names else None


def _generators(scene: Scene, value: str) -> Intent | None:
    names = _names(scene, "generator")
    return ChooseGenerators.model_validate({value: names}) if names else None


def _parameters(scene: Scene, value: str) -> Intent | None:
    fits = _bare(scene) and value in _PRESETS
    return SetParameters.model_validate({"preset": value}) if fits else None


def _size(scene: Scene, value: str) -> Intent | None:
    rows = scene.card.facts.get("rows", "")
    fits = value in _SHARES and rows.isdigit() and _bare(scene)
    return SetSize(rows=int(int(rows) * _SHARES[value])) if fits else None


def _question(scene: Scene, _: str) -> Intent | None:
    if is_polite_request(scene.text):
        return None
    topic = topic_of(scene.text, scene.card.generators)
    return None if topic == "unknown" else Question(topic=topic, text=scene.text[:500])


def _on_episode(kind: type[Skip] | type[Goto]) -> Callable[[Scene, str], Intent | None]:
    def make(scene: Scene, _: str) -> Intent | None:
        episode = find_episode(scene.text)
        return kind(episode=episode) if episode else None

    return make


_MAKERS: dict[str, Callable[[Scene, str], Intent | None]] = {
    "set_use_case": _use_case,
    "set_target": _target,
    "set_task": lambda scene, value: (
        SetTask.model_validate({"task": value}) if _bare(scene) else None
    ),
    "set_roles": _roles,
    "set_sensitive": _sensitive,
    "choose_generators": _generators,
    "set_parameters": _parameters,
    "set_size": _size,
    "set_tier": lambda scene, value: (
        SetTier.model_validate({"tier": value}) if _bare(scene) else None
    ),
    "skip": _on_episode(Skip),
    "goto": _on_episode(Goto),
    "question": _question,
    "revise": lambda scene, _: Revise() if _bare(scene) else None,
    "smalltalk": lambda scene, _: Smalltalk() if _bare(scene) and " " in scene.text else None,
}
