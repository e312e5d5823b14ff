"""One writer per project, whoever looks on."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path

import pytest

from synthcraft.graph.errors import SessionBusyError
from synthcraft.graph.locks import SessionLocks


async def test_another_process_that_only_looks_gets_nobody_refused(tmp_path: Path) -> None:
    handle = os.open(tmp_path / "p.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_SH)  # as a look takes it, for an instant
    asyncio.get_running_loop().call_later(0.01, os.close, handle)
    mine = SessionLocks(tmp_path)
    async with mine.hold("p"):
        assert SessionLocks(tmp_path).held("p")
    assert not mine.held("p")


async def test_another_writer_is_refused_and_told_so(tmp_path: Path) -> None:
    async with SessionLocks(tmp_path).hold("p"):
        with pytest.raises(SessionBusyError, match="Another process is working on project p"):
            async with SessionLocks(tmp_path).hold("p"):
                pass
        async with SessionLocks(tmp_path).hold("q"):
            pass
