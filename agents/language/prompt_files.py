"""The fixed prompts: Markdown files that ship with the program, each known by its checksum."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources


@cache
def prompt(name: str) -> str:
    """The text of one prompt."""
    file = resources.files("synthcraft.agents.language") / "prompts" / f"{name}.md"
    return file.read_text(encoding="utf-8").strip()


def checksum(name: str) -> str:
    """SHA-256 of a prompt, as it stands in the ledger."""
    return hashlib.sha256(prompt(name).encode()).hexdigest()
