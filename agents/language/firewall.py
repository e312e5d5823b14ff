"""What leaves for a language model: typed spans, of which only some may hold words of people."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from synthcraft.agents.language.guards import MAX_CHARACTERS, looks_like_rows
from synthcraft.graph.errors import GuardError
from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.disclosure.scan import Reason, Scanner

Origin = Literal["policy", "card", "result", "gate", "user"]
BUDGET = 400_000
"""Characters that may leave for one project."""
_WHY: dict[Reason, str] = {
    "value": "it holds a value that few people in the table have",
    "row": "together with what was said before it describes one person of the table",
    "identifier": "it looks like a name, an address or a number of a person",
    "rows_of_text": "it looks like rows of a table or a record",
}


_USER = re.compile(r"^<user>\n(.*?)\n</user>$", re.DOTALL | re.MULTILINE)


class HeldBack(GuardError):
    """A text stays here; the person is told why, and how to say it otherwise."""

    code = "E_HELD_BACK"
    personal = False
    """Whether the words themselves are the reason."""


class HasText(Protocol):
    """What can be released: it says itself what leaves."""

    def text(self) -> str:
        """Word for word."""
        ...


class Span(BaseModel):
    """A piece of a prompt and where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: Origin
    text: str


class Prompt(BaseModel):
    """One request: the fixed part first, so that servers can keep it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spans: tuple[Span, ...]

    @property
    def system(self) -> str:
        """The fixed text."""
        return "\n\n".join(span.text for span in self.spans if span.origin == "policy")

    @property
    def user(self) -> str:
        """Everything else, each part under its name."""
        parts = [(s.origin, s.text) for s in self.spans if s.origin != "policy"]
        return "\n\n".join(f"<{origin}>\n{text}\n</{origin}>" for origin, text in parts)

    @property
    def size(self) -> int:
        """Characters that leave."""
        return len(self.system) + len(self.user)


def fixed(text: str) -> Span:
    """A text that ships with the program."""
    return Span(origin="policy", text=text)


def released(value: Released[HasText]) -> Span:
    """A value that output control made."""
    if not isinstance(value, Released):
        raise GuardError("Only what output control made may stand in this part of a prompt.")
    return Span(origin=value.kind, text=value.value.text())


class Firewall:
    """Guards one project: what a person says is looked at before it leaves."""

    def __init__(self, scanner: Scanner, names: Aliases, budget: int = BUDGET) -> None:
        self.scanner = scanner
        self.names = names
        self.left = budget

    def check(self, text: str) -> None:
        """Look at a person's words.

        Raises:
            HeldBack: they hold something of a person in the table.
        """
        why = self._against(text)
        if why:
            held = HeldBack(
                f"I did not send this to the language model, because {why}.",
                "It was read here instead. Say it without single values to have it sent.",
            )
            held.personal = True
            raise held

    def said(self, text: str) -> Span:
        """The person's words, with columns under their aliases.

        Raises:
            HeldBack: they hold something of a person in the table.
        """
        self.check(text)
        self.scanner.passed(text)
        # escaped, so that nothing typed can close its part of the prompt and open another
        return Span(origin="user", text=html.escape(self.names.leave(text), quote=False))

    def _against(self, text: str) -> str:
        """Why a text must not leave; empty where nothing stands against it."""
        if len(text) > MAX_CHARACTERS:
            return "it is too long"
        rows = looks_like_rows(text)
        reason: Reason | None = "rows_of_text" if rows else self.scanner.found(text)
        return _WHY[reason] if reason else ""

    def sent_before(self, prompt: str) -> None:
        """Take in a prompt of an earlier run of the program: limits hold for a whole project."""
        self.left -= len(prompt)
        for said in _USER.findall(prompt):
            self.scanner.passed(self.names.enter(html.unescape(said)))

    def prompt(self, spans: Sequence[Span]) -> Prompt:
        """A prompt that may leave.

        Raises:
            HeldBack: the project has sent as much as it may.
        """
        prompt = Prompt(spans=tuple(spans))
        if prompt.size > self.left:
            raise HeldBack(
                "This project has sent as much to the language model as it may.",
                "Everything goes on without it.",
            )
        self.left -= prompt.size
        return prompt
