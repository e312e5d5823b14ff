"""What a language model was asked in a project, counted from its ledger of prompts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

NO_TEXT = (
    "None of the text of this report was written by a language model: every sentence and number "
    "comes from the program and its records, or from people."
)


class Entry(Protocol):
    """One entry of a ledger."""

    @property
    def what(self) -> str:
        """What kind of entry it is."""

    @property
    def to(self) -> str:
        """The address that it went to."""

    @property
    def body(self) -> bytes:
        """The very bytes."""

    @property
    def prompts(self) -> dict[str, str]:
        """Fixed prompt -> checksum."""


class LanguageUse(BaseModel):
    """Counts and names; no prompt, since the ledger keeps those."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, ...] = ()
    served: tuple[str, ...] = ()
    """Names under which servers answered, version included where they say it."""
    addresses: tuple[str, ...] = ()
    temperatures: tuple[float, ...] = ()
    calls: int = 0
    answers: int = 0
    held_back: int = 0
    cards: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    uncounted: int = 0
    """Answers whose server counted no tokens."""
    prompts: dict[str, str] = {}


def language_use(entries: Iterable[Entry]) -> LanguageUse:
    """Count what left and what came back."""
    kept = list(entries)
    requests = [e for e in kept if e.what == "request"]
    asked = [_read(e.body) for e in requests]
    told = [_read(e.body) for e in kept if e.what == "answer"]
    counts = [count for body in told if isinstance(count := body.get("usage"), dict)]
    warmth = {float(t) for body in asked if isinstance(t := body.get("temperature"), int | float)}
    return LanguageUse(
        models=_names(asked),
        served=_names(told),
        addresses=tuple(sorted({e.to for e in requests if e.to})),
        temperatures=tuple(sorted(warmth)),
        calls=len(requests),
        answers=len(told),
        held_back=sum(e.what == "held back" for e in kept),
        cards=sum(e.what == "card approved" for e in kept),
        prompt_tokens=sum(int(count.get("prompt_tokens") or 0) for count in counts),
        answer_tokens=sum(int(count.get("completion_tokens") or 0) for count in counts),
        uncounted=len(told) - len(counts),
        prompts={name: sha for e in kept for name, sha in e.prompts.items()},
    )


def _names(bodies: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({str(body["model"]) for body in bodies if body.get("model")}))


def _read(body: bytes) -> dict[str, Any]:
    """A body as JSON; of an answer that came in pieces, all fields of all pieces."""
    found: dict[str, Any] = {}
    for line in (body, *body.splitlines()):
        try:
            read = json.loads(line.removeprefix(b"data:"))
        except ValueError:
            continue
        if isinstance(read, dict):
            found |= {key: value for key, value in read.items() if value is not None}
    return found
