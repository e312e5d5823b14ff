"""A watch for work that overlaps: the time in which any of it ran, and none of the waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field


@dataclass
class Stopwatch:
    """Seconds in which at least one piece of work ran, counted once however many ran together."""

    _ended: float = 0.0
    _began: float = 0.0
    _at_work: int = 0
    _runs: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def seconds(self) -> float:
        """So far."""
        return self._ended + (time.monotonic() - self._began if self._at_work else 0.0)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count while this lasts."""
        if not self._at_work:
            self._began = time.monotonic()
            self._runs.set()
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._ended += time.monotonic() - self._began
                self._runs.clear()

    @asynccontextmanager
    async def at_most(self, seconds: float) -> AsyncIterator[None]:
        """Stop what is done here once it has counted so many seconds more.

        Raises:
            TimeoutError: they were used up.
        """
        until = self.seconds + seconds
        async with asyncio.timeout(None) as limit:
            bell = asyncio.create_task(self._ring(until, limit))
            try:
                yield
            finally:
                bell.cancel()

    async def _ring(self, until: float, limit: asyncio.Timeout) -> None:
        # It gains a second in a second at most, so that no sleep is too long.
        while (left := until - self.seconds) > 0:
            await self._runs.wait()
            await asyncio.sleep(left)
        limit.reschedule(asyncio.get_running_loop().time())
