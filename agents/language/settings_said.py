"""Requests about numbers, purpose, task and presets."""

from __future__ import annotations

import re
from typing import Any, cast

from synthcraft.agents.language import parameters_said
from synthcraft.agents.language.base import (
    Preset,
    SetParameters,
    SetSize,
    SetTask,
    SetThresholds,
    SetTier,
    SetUseCase,
)
from synthcraft.agents.language.numbers import Quantity
from synthcraft.agents.language.phrasebook import book, pattern, patterns
from synthcraft.agents.language.scene import Reading, Scene, say
from synthcraft.graph.records import MAX_REPLICATES, Task, Tier, UseCase

MAX_ROWS = 10_000_000
MAX_SETTING = 100_000
"""Largest epsilon and number of minutes that is taken seriously."""
_CLAUSE = re.compile(r",| and ")
_SETTINGS = {"epsilon": "epsilon", "minutes": "budget_minutes"}


def read_purpose(scene: Scene) -> Reading:
    """Use case and prediction task."""
    reading = Reading()
    purposes: set[str] = set()
    permission = scene.asks and re.match(
        r"(can|may|could|might|am) (i|we)|(what|how) about", scene.text
    )
    for name, found in ({} if permission else patterns("names", "use_cases")).items():
        for match in found.finditer(scene.text):
            if any(m.kind == "column" and m.overlaps(*match.span()) for m in scene.mentions):
                continue
            if pattern("acts", "negations").search(scene.text[: match.start()][-25:]):
                return Reading(ask=say("use_case_not"))
            scene.cover(match)
            purposes.add(name)
    if not purposes and not permission:
        purposes |= {n for n, p in patterns("names", "use_case_bare").items() if _alone(scene, p)}
    if len(purposes) > 1:
        return Reading(ask=say("contradiction", what=" / ".join(sorted(purposes))))
    if purposes:
        reading.intents.append(SetUseCase(use_case=cast(UseCase, purposes.pop())))
    task = _task(scene)
    if task:
        reading.intents.append(SetTask(task=task))
    return reading


def _alone(scene: Scene, found: re.Pattern[str]) -> bool:
    match = found.search(scene.text)
    if match is None or len(match[0].split()) < len(scene.leftover().split()):
        return False
    rest = scene.text[: match.start()] + " " + scene.text[match.end() :]
    stop = book("names")["stopwords"] + ["use", "case", "purpose", "choose", "goal"]
    return all(word in stop and word not in ("not", "no") for word in re.findall(r"\w+", rest))


def _task(scene: Scene) -> Task | None:
    taken: list[tuple[int, int]] = [(m.start, m.end) for m in scene.mentions]
    for name, found in patterns("names", "tasks").items():
        match = found.search(scene.text)
        if match and not any(s < match.end() and match.start() < e for s, e in taken):
            scene.cover(match)
            return cast(Task, name)
    return None


def read_numbers(scene: Scene) -> Reading:
    """Rows, epsilon, minutes, generator parameters, thresholds and the preset."""
    if pattern("cues", "viewing").search(scene.text):
        return Reading(ask=say("rows_view"))
    reading = Reading()
    settings: dict[str, Any] = {}
    thresholds: dict[str, float] = {}
    for quantity in scene.quantities:
        if re.search(r"(?<!\w)not( \w+)?$", scene.text[: quantity.start].strip()):
            return Reading(ask=say("negated"))
        if quantity.unit == "rows":
            reading.add(_rows(scene, quantity))
        elif quantity.unit == "replicates":
            reading.add(_replicates(quantity, settings))
        elif quantity.unit in _SETTINGS:
            reading.add(_setting(quantity, settings))
        else:
            reading.add(_loose_number(scene, quantity, settings, thresholds))
    settings |= _efforts(scene, reading)
    if settings:
        reading.intents.append(SetParameters(**settings))
    if thresholds:
        reading.intents.append(SetThresholds(thresholds=thresholds))
    if not settings.get("parameters") and not reading.ask:
        reading.ask = parameters_said.valueless(scene)
    return reading


def _setting(quantity: Quantity, settings: dict[str, Any]) -> Reading:
    key, value = _SETTINGS[quantity.unit], quantity.value
    if not 0 < value <= MAX_SETTING:
        ask = say("range", what=quantity.unit, value=f"{value:g}", allowed=parameters_said.POSITIVE)
        return Reading(ask=ask)
    if settings.get(key, value) != value:
        return Reading(ask=say("contradiction", what=f"{settings[key]:g} / {value:g}"))
    settings[key] = value
    return Reading()


def _replicates(quantity: Quantity, settings: dict[str, Any]) -> Reading:
    value = quantity.value
    if value != int(value) or not 1 <= value <= MAX_REPLICATES:
        allowed = f"Please say a whole number from 1 to {MAX_REPLICATES}."
        what = "The number of independent fits"
        return Reading(ask=say("range", what=what, value=f"{value:g}", allowed=allowed))
    if settings.get("replicates", value) != value:
        said = f"{settings['replicates']} / {value:g}"
        return Reading(ask=say("contradiction", what=said))
    settings["replicates"] = int(value)
    return Reading()


def _rows(scene: Scene, quantity: Quantity) -> Reading:
    value = quantity.value
    if quantity.relative:
        base = scene.card.facts.get("rows", "")
        if not base.isdigit():
            return Reading(ask=say("rows_unknown"))
        value = int(base) * value
    if value != int(value) or 0 < value < 10:
        return Reading(ask=say("rows_small", value=f"{value:g}"))
    if not 0 < value <= MAX_ROWS:
        allowed = f"Please say a number up to {MAX_ROWS:,}."
        return Reading(
            ask=say("range", what="The number of rows", value=f"{value:g}", allowed=allowed)
        )
    return Reading([SetSize(rows=int(value))])


def _loose_number(
    scene: Scene, quantity: Quantity, settings: dict[str, Any], thresholds: dict[str, float]
) -> Reading:
    before, after = scene.text[: quantity.start], scene.text[quantity.end :]
    if not re.match(r"[-\d.]", scene.text[quantity.start :]):
        return Reading()
    if name := parameters_said.named_beside(scene, quantity.start, quantity.end):
        return parameters_said.put(scene, name, quantity.value, quantity.start, settings)
    limit = pattern("cues", "limits").search(before + after)
    clause = f"{_CLAUSE.split(before)[-1]} {_CLAUSE.split(after)[0]}".strip()
    for name, found in patterns("names", "metrics").items():
        if limit and found.search(clause):
            thresholds[name] = quantity.value
            return Reading()
    sized = pattern("cues", "sizing").search(scene.text)
    if sized and quantity.value >= 50 and quantity.value == int(quantity.value):
        return _rows(scene, Quantity(quantity.value, "rows", 0, 0))
    return Reading(ask=say("number_what", value=f"{quantity.value:g}"))


def _efforts(scene: Scene, reading: Reading) -> dict[str, Preset]:
    """Tier and preset: "quick evaluation" says nothing about how generators are trained."""
    tier, rest = _effort(scene, "tiers", scene.text)
    if tier:
        reading.intents.append(SetTier(tier=cast(Tier, tier)))
    preset, _ = _effort(scene, "presets", rest)
    return {"preset": cast(Preset, preset)} if preset else {}


def _effort(scene: Scene, kind: str, text: str) -> tuple[str | None, str]:
    """Preset or tier that was named and not refused, and the text with it blanked."""
    for name, found in patterns("names", kind).items():
        match = found.search(text)
        if match and not pattern("acts", "negations").search(text[: match.start()]):
            scene.cover(match)
            return name, text[: match.start()] + "#" * len(match[0]) + text[match.end() :]
    return None, text
