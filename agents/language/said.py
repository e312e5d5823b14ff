"""What a language model may answer, and how that becomes an intent, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from synthcraft.agents.language.base import Card, Intent, UserTurn
from synthcraft.agents.language.questions import topic_of
from synthcraft.agents.language.rules import contradiction
from synthcraft.agents.language.scene import Reading
from synthcraft.tools.disclosure.aliases import Aliases

MOST = 6
"""Intents of one message."""
_LARGEST_ROWS = 1_000_000
_INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)
Kind = Literal[
    "approve", "revise", "revert", "question", "set_use_case", "set_target", "set_task",
    "set_roles", "set_sensitive", "choose_generators", "set_size", "set_epsilon", "set_minutes",
    "set_replicates", "set_preset", "set_tier", "skip", "goto", "stop", "smalltalk",
]  # fmt: skip


class Said(BaseModel):
    """One intent in the model's words; every name is looked up before it counts."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    columns: list[str] = Field(default_factory=list, max_length=20)
    generators: list[str] = Field(default_factory=list, max_length=20)
    without: list[str] = Field(default_factory=list, max_length=20)
    number: float | None = None
    value: str = Field(default="", max_length=200)


class ModelTurn(BaseModel):
    """A whole answer."""

    model_config = ConfigDict(extra="forbid")

    intents: list[Said] = Field(default_factory=list, max_length=MOST)


class _Unknown(Exception):
    """The answer names something that does not exist."""


def turn_of(answer: ModelTurn, utterance: str, card: Card, names: Aliases) -> UserTurn | None:
    """The typed turn, or None where any part of the answer cannot be what it says.

    Columns and generators must exist, numbers must be in range, and what was said must not
    contradict itself: a half-understood message is worth less than a question back.
    """
    if not answer.intents:
        return None
    try:
        intents = tuple(_intent(said, utterance, card, names) for said in answer.intents)
    except (_Unknown, ValidationError):
        return None
    if contradiction(Reading(list(intents))):
        return None
    turn = UserTurn(intents=intents, confidence=0.8)
    return turn.model_copy(update={"confirm": turn.verdict() in ("revert", "stop")})


def _intent(said: Said, utterance: str, card: Card, names: Aliases) -> Intent:
    maker = _MAKERS.get(said.kind)
    fields = maker(said, utterance, card, names) if maker else {}
    kind = _KINDS.get(said.kind, said.kind)
    return _INTENT.validate_python({"kind": kind, **fields})


def _columns(said: Said, card: Card, names: Aliases) -> list[str]:
    real = [names.real.get(name, name) for name in said.columns]
    if not real or any(name not in card.columns for name in real):
        raise _Unknown
    return real


def _generators(asked: list[str], card: Card) -> tuple[str, ...]:
    if any(name not in card.generators for name in asked):
        raise _Unknown
    return tuple(dict.fromkeys(asked))


def _number(said: Said, low: float, high: float) -> float:
    if said.number is None or not low <= said.number <= high:
        raise _Unknown
    return said.number


def _target(said: Said, _: str, card: Card, names: Aliases) -> dict[str, Any]:
    found = _columns(said, card, names)
    if len(found) != 1:
        raise _Unknown
    return {"target": found[0]}


def _roles(said: Said, _: str, card: Card, names: Aliases) -> dict[str, Any]:
    return {"roles": dict.fromkeys(_columns(said, card, names), said.value)}


def _sensitive(said: Said, _: str, card: Card, names: Aliases) -> dict[str, Any]:
    which = "protected" if said.value == "protected" else "sensitive"
    return {which: tuple(_columns(said, card, names))}


def _choice(said: Said, _: str, card: Card, __: Aliases) -> dict[str, Any]:
    include, exclude = _generators(said.generators, card), _generators(said.without, card)
    if not include and not exclude:
        raise _Unknown
    return {"include": include, "exclude": exclude}


def _question(_: Said, utterance: str, card: Card, __: Aliases) -> dict[str, Any]:
    return {"topic": topic_of(utterance, card.generators), "text": utterance.strip()[:500]}


def _rows(said: Said, *_: Any) -> dict[str, Any]:
    return {"rows": int(_number(said, 1, _LARGEST_ROWS))}


def _parameter(name: str, low: float, high: float, whole: bool = False) -> Callable[..., Any]:
    def fields(said: Said, *_: Any) -> dict[str, Any]:
        value = _number(said, low, high)
        return {name: int(value) if whole else value}

    return fields


def _value(name: str) -> Callable[..., Any]:
    return lambda said, *_: {name: said.value}


_KINDS: dict[str, str] = dict.fromkeys(
    ("set_epsilon", "set_minutes", "set_replicates", "set_preset"), "set_parameters"
)
_MAKERS: dict[str, Callable[..., dict[str, Any]]] = {
    "revert": _value("to"),
    "question": _question,
    "set_use_case": _value("use_case"),
    "set_target": _target,
    "set_task": _value("task"),
    "set_roles": _roles,
    "set_sensitive": _sensitive,
    "choose_generators": _choice,
    "set_size": _rows,
    "set_epsilon": _parameter("epsilon", 0.01, 100.0),
    "set_minutes": _parameter("budget_minutes", 0.1, 10_000.0),
    "set_replicates": _parameter("replicates", 1, 10, whole=True),
    "set_preset": _value("preset"),
    "set_tier": _value("tier"),
    "skip": _value("episode"),
    "goto": _value("episode"),
}
