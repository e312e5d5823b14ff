"""Jobs wait for their turn: the queue in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from synthcraft.tools.job_queue import FairQueue, Owner

T = TypeVar("T")


class Places:
    """As many places as jobs may run at the same time."""

    def __init__(self, number: int) -> None:
        self.queue = FairQueue(number)
        self._moved = asyncio.Event()

    @asynccontextmanager
    async def place(self, owner: Owner, tell: Callable[[int], None]) -> AsyncIterator[None]:
        """Hold a place; while there is none, tell how many jobs come before.

        Raises:
            QueueFullError: the owner has as many jobs waiting as they may have.
        """
        ticket = self.queue.join(owner)
        self._stir()
        told = None
        try:
            while ticket not in self.queue.running:
                if (before := self.queue.before(ticket)) != told:
                    tell(before)
                told = before
                await self._moved.wait()
            yield
        finally:
            self.queue.leave(ticket)
            self._stir()

    def _stir(self) -> None:
        """Let everybody who waits look where they stand."""
        self._moved.set()
        self._moved = asyncio.Event()


async def all_ended(work: Iterable[Awaitable[T]]) -> list[T]:
    """All results; what was raised is raised when nothing runs any more, so that all is kept."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    results = []
    for end in ended:
        if isinstance(end, BaseException):
            raise end
        results.append(end)
    return results
