"""A watch for work that overlaps: the time in which any of it ran, and none of the waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Stopwatch:
    """Seconds in which at least one piece of work ran, counted once however many ran together."""

    _ended: float = 0.0
    _began: float = 0.0
    _at_work: int = 0

    @property
    def seconds(self) -> float:
        """So far."""
        return self._ended + (time.monotonic() - self._began if self._at_work else 0.0)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count while this lasts."""
        if not self._at_work:
            self._began = time.monotonic()
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._ended += time.monotonic() - self._began
