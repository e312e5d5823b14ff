"""How often and how much a project may ask a language model."""

from __future__ import annotations

from dataclasses import dataclass

CALLS = 20
TOKENS = 40_000
_PER_TOKEN = 4
"""Characters of a token, where a server does not count."""


@dataclass
class Budget:
    """What one project has used."""

    calls: int = 0
    tokens: int = 0

    def allows(self, characters: int) -> bool:
        """Whether a prompt of that size still fits."""
        return self.calls < CALLS and self.tokens + characters / _PER_TOKEN <= TOKENS

    def spares(self, characters: int) -> bool:
        """Whether there is enough for what nobody asked for: half of all stays for the person."""
        return self.calls < CALLS // 2 and self.allows(characters)

    def used(self, characters: int) -> None:
        """Enter one call before it leaves, so that two at once do not share what is left."""
        self.calls += 1
        self.tokens += characters // _PER_TOKEN

    def counted(self, characters: int, tokens: int) -> None:
        """Put the server's own count of prompt tokens in the place of ours, where it counts."""
        if tokens:
            self.tokens += tokens - characters // _PER_TOKEN
