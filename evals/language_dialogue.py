"""What a person says when asked back: the wish of the label, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from synthcraft.agents.language.base import Card, Understander, UserTurn
from synthcraft.agents.language.phrasebook import book
from synthcraft.agents.language.slots import find_episode
from synthcraft.agents.language.text import plain
from synthcraft.evals.language_set import Labelled, understood

_WHOLE = {"approve": "yes", "stop": "stop", "revise": "no", "smalltalk": "hello"}
_PURPOSES = {
    "sharing": "it is for sharing",
    "augmentation": "it is for augmentation",
    "privacy": "strict privacy",
    "development": "it is for method development",
}
_TASKS = {"none": "no prediction"}
_ROLES = {
    "drop": "leave out {}",
    "identifier": "{} is an identifier",
    "feature": "keep {}",
    "date": "{} is a date",
    "free_text": "{} is free text",
}
_BACK = {"start": "go back to the start", "previous": "go back one step"}
_CHANGES: dict[str, Callable[[Any], str]] = {
    "use_case": lambda value: _PURPOSES[value],
    "target": lambda value: f"the target is {value}",
    "task": lambda value: _TASKS.get(value, f"it is a {value} task"),
    "roles": lambda roles: ". ".join(_ROLES[role].format(name) for name, role in roles.items()),
    "sensitive": lambda names: f"{_and(names)} {_be(names)} sensitive",
    "protected": lambda names: f"{_and(names)} {_be(names)} protected",
    "include": lambda names: f"use {_and(names)}",
    "exclude": lambda names: f"do not use {_and(names)}",
    "rows": lambda value: f"{value} rows",
    "epsilon": lambda value: f"epsilon {value:g}",
    "budget_minutes": lambda value: f"{value:g} minutes",
    "replicates": lambda value: f"fit each generator {value} times",
    "preset": lambda value: f"{value} settings",
    "tier": lambda value: f"{value} tier",
    "thresholds": lambda limits: ". ".join(
        f"{_metric(name)} threshold {value:g}" for name, value in limits.items()
    ),
    "parameters": lambda wanted: ". ".join(
        f"{value:g} {_parameter(name)} for {generator}"
        for generator, values in wanted.items()
        for name, value in values.items()
    ),
}


def answered(reader: Understander, message: Labelled, gate: str, card: Card) -> UserTurn:
    """The turn after a question back: the person says the same wish plainly."""
    again = message.model_copy(
        update={"say": in_plain_words(message, gate), "after": (*message.after, message.say)[-2:]}
    )
    return understood(reader, again, gate, card)


def in_plain_words(message: Labelled, gate: str) -> str:
    """The wish of a label, as somebody would say it who was asked to be clear."""
    parts = [_moved(kind, message, gate) for kind in message.expected.split()]
    parts += [_CHANGES[name](value) for name, value in message.changes.items()]
    return ". ".join(part for part in parts if part)


def _moved(kind: str, message: Labelled, gate: str) -> str:
    """What is said for an intent that changes nothing in the plan; empty for the others."""
    if kind in _WHOLE:
        return _WHOLE[kind]
    if kind == "question":
        asked = re.search(r"[^.?!;]+\?", message.say)
        return f"My question is: {asked[0].strip(' ?') if asked else message.say.strip()}?"
    if kind == "revert":
        return _BACK.get(message.to or "", f"go back to {message.to}")
    if kind in ("skip", "goto"):
        episode = find_episode(plain(message.say)) or "refinement"
        return f"{'skip' if kind == 'skip' else 'go to'} the {episode}"
    return ""


def _and(names: list[str]) -> str:
    return " and ".join(names)


def _be(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _metric(name: str) -> str:
    """The shortest word for a metric: "ks", "auc"."""
    return str(min(book("names")["metrics"][name], key=len)).rstrip("?")


def _parameter(name: str) -> str:
    return "epochs" if name == "n_iter" else name.replace("_", " ")
