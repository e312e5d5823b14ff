"""One writer per project: a lock in this process and a file lock against others."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from synthcraft.graph.errors import SessionBusyError


class SessionLocks:
    """Locks by project; the file lock is freed by the system when a process dies."""

    def __init__(self, folder: Path) -> None:
        """Keep the lock files in `folder`."""
        self._folder = folder
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def hold(self, session: str) -> AsyncIterator[None]:
        """Hold the project; others of this process wait, other processes are refused.

        Raises:
            SessionBusyError: another process is working on it.
        """
        async with self._locks[session]:
            handle = os.open(self._folder / f"{session}.lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(handle)
                raise SessionBusyError(
                    f"Another process is working on project {session}.",
                    "Wait until it has finished, or stop it, then try again.",
                ) from error
            try:
                yield
            finally:
                os.close(handle)

    def forget(self, session: str) -> None:
        """Remove the lock file of a deleted project."""
        self._locks.pop(session, None)
        (self._folder / f"{session}.lock").unlink(missing_ok=True)
