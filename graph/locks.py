"""Locks of projects as files of the workspace."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from synthcraft.graph.project_locks import ProjectLocks


class SessionLocks(ProjectLocks[int]):
    """A file lock each; it is freed by the system when a process dies."""

    def __init__(self, folder: Path) -> None:
        """Keep the lock files in `folder`."""
        super().__init__()
        self._folder = folder

    def forget(self, session: str) -> None:
        """Remove the lock file of a deleted project."""
        super().forget(session)
        self._file(session).unlink(missing_ok=True)

    def _file(self, session: str) -> Path:
        return self._folder / f"{session}.lock"

    async def _try_to_take(self, session: str) -> int | None:
        handle = os.open(self._file(session), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        return handle

    async def _let_go(self, session: str, taken: int) -> None:
        os.close(taken)

    def _held_elsewhere(self, session: str) -> bool:
        try:
            handle = os.open(self._file(session), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False
