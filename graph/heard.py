"""The last messages of each project, for "the second one"; in memory alone, never written."""

from __future__ import annotations

TURNS, LONGEST = 2, 300
"""How many messages are remembered, and the longest that is."""


class Heard:
    """What was said last in each project of this process."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, ...]] = {}

    def before(self, session: str) -> tuple[str, ...]:
        """The last messages, oldest first."""
        return self._said.get(session, ())

    def forget(self, session: str) -> None:
        """Drop the messages of a deleted project."""
        self._said.pop(session, None)

    def add(self, session: str, message: str) -> None:
        """Remember one more; a long one is forgotten at once."""
        if len(message) <= LONGEST:
            self._said[session] = (*self.before(session), message)[-TURNS:]
