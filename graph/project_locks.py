"""One writer per project: a lock in this process, and one that other processes see."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from synthcraft.graph.errors import SessionBusyError

TRIES, PAUSE_S = 5, 0.02
Held = TypeVar("Held")
"""What stands for a lock that was taken."""


class ProjectLocks(ABC, Generic[Held]):
    """Locks by project; whatever keeps other processes off frees its lock when one dies."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def hold(self, session: str) -> AsyncIterator[None]:
        """Hold the project; others of this process wait, other processes are refused.

        Raises:
            SessionBusyError: another process is working on it.
        """
        async with self._locks[session]:
            taken = await self._taken(session)
            try:
                yield
            finally:
                await self._let_go(session, taken)

    def held(self, session: str) -> bool:
        """Whether somebody works on a project now, in this process or in another."""
        lock = self._locks.get(session)
        return (lock is not None and lock.locked()) or self._held_elsewhere(session)

    def forget(self, session: str) -> None:
        """Drop what is kept for the lock of a deleted project."""
        self._locks.pop(session, None)

    async def _taken(self, session: str) -> Held:
        """The lock; somebody that only looks who works, or is just ending, lets go of it at once.

        Raises:
            SessionBusyError: another process keeps it.
        """
        for left in reversed(range(TRIES)):
            taken = await self._try_to_take(session)
            if taken is not None:
                return taken
            if left:
                await asyncio.sleep(PAUSE_S)
        raise SessionBusyError(
            f"Another process is working on project {session}.",
            "Wait until it has finished, or stop it, then try again.",
        )

    @abstractmethod
    async def _try_to_take(self, session: str) -> Held | None:
        """The lock, or None while another process has it."""

    @abstractmethod
    async def _let_go(self, session: str, taken: Held) -> None: ...

    @abstractmethod
    def _held_elsewhere(self, session: str) -> bool: ...
