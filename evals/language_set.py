"""The labelled messages of `evals/language/`, and what counts as understanding one of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.agents.language.base import Card, Understander, UserTurn

Part = Literal["dev", "earlier", "second", "third", "test"]
Result = Literal["right", "asked", "wrong"]
ASK = "ask"


class Labelled(BaseModel):
    """One message with the reading that is expected of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: str
    expected: str = Field(alias="is")
    """Kinds of intents in any order, parted by blanks; `ask` for a question back."""
    changes: dict[str, Any] = Field(default_factory=dict)
    to: str | None = None
    after: tuple[str, ...] = ()
    """What was said in the turns before."""

    @property
    def kinds(self) -> list[str]:
        """The expected kinds in order of the alphabet."""
        return sorted(self.expected.split())


class LabelledSet(BaseModel):
    """Messages in groups, with the table and the gate at which they are said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: str
    card: dict[str, Any]
    groups: dict[str, tuple[Labelled, ...]]

    def table(self) -> Card:
        """What exists in the project in which the messages are said."""
        known = {k: tuple(v) for k, v in self.card.items() if k != "rows"}
        return Card(**known, gate=self.gate, facts={"rows": str(self.card["rows"])})

    def cases(self) -> Iterator[tuple[str, Labelled]]:
        """Every message with its group."""
        for group, messages in self.groups.items():
            for message in messages:
                yield group, message


@cache
def labelled(part: Part) -> LabelledSet:
    """One part of the set."""
    file = resources.files("synthcraft.evals") / "language" / f"{part}.toml"
    return LabelledSet.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


def understood(reader: Understander, message: Labelled, gate: str, card: Card) -> UserTurn:
    """The turn, in the light of the turns before it."""
    return reader.read(message.say, gate, card.model_copy(update={"recent": message.after}))


def kinds_of(turn: UserTurn) -> list[str]:
    """The kinds that were read, in order of the alphabet; `ask` where there are none."""
    return sorted({intent.kind for intent in turn.intents}) or [ASK]


def judged(message: Labelled, turn: UserTurn) -> Result:
    """Whether a turn is what was meant: kinds, every change, and where a revert goes."""
    kinds = kinds_of(turn)
    if kinds == [ASK]:
        return "right" if message.kinds == [ASK] else "asked"
    if kinds != message.kinds and turn.clarification and not turn.changes().named():
        # "not approved; what should I change?" asks as well, and does nothing
        return "right" if message.kinds == [ASK] else "asked"
    wanted = {"to": [message.to] if message.to else [], "changes": _loose(message.changes)}
    found = {
        "to": [i.to for i in turn.intents if i.kind == "revert"] if message.to else [],
        "changes": _loose(turn.changes().named()),
    }
    return "right" if kinds == message.kinds and found == wanted else "wrong"


def _loose(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes with lists in the order of the alphabet."""
    return {k: sorted(v) if isinstance(v, (list, tuple)) else v for k, v in changes.items()}
