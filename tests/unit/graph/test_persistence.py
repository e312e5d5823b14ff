"""Saving steps: whole, and without keeping the list of projects waiting."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint

from synthcraft.graph.persistence import Checkpointer
from synthcraft.graph.session_index import SessionIndex
from synthcraft.graph.sqlite import open_checkpointer


def place(**more: str) -> Any:
    """Where the steps of a project are kept."""
    return {"configurable": {"thread_id": "p1", "checkpoint_ns": "", **more}}


async def save(saver: Checkpointer) -> Any:
    """Save an empty step; where it lies."""
    return await saver.aput(place(), empty_checkpoint(), {}, {})


async def never(*_: object) -> None:
    """What is not come back from."""
    await asyncio.Event().wait()


async def test_a_save_that_is_cut_off_leaves_the_list_of_projects_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sessions.sqlite"
    async with open_checkpointer(path) as saver:
        index = SessionIndex(path)
        config = await save(saver)
        monkeypatch.setattr(saver.conn, "commit", never)
        for work in (save(saver), saver.aput_writes(config, [("plan", 1), ("gate", 2)], "t1")):
            task = asyncio.create_task(work)  # type: ignore[arg-type]
            await asyncio.wait([task], timeout=0.5)
            task.cancel()
        monkeypatch.setattr("synthcraft.graph.sqlite.BUSY_TIMEOUT_S", 1)
        await asyncio.to_thread(index.add, "p1", "clinic.csv")
        assert index.one("p1").name == "clinic.csv"
        kept = await saver.aget_tuple(config)
        assert kept and [(name, value) for _, name, value in kept.pending_writes or []] == [
            ("plan", 1),
            ("gate", 2),
        ]


async def test_what_a_task_wrote_stands_and_what_it_signals_may_be_said_again(
    tmp_path: Path,
) -> None:
    async with open_checkpointer(tmp_path / "sessions.sqlite") as saver:
        config = await save(saver)
        for value in ("first", "second"):
            await saver.aput_writes(config, [("plan", value)], "t1")
            await saver.aput_writes(config, [("__interrupt__", value)], "t2")
        await saver.aput_writes(config, [], "t3")
        kept = await saver.aget_tuple(config)
    assert kept and sorted(kept.pending_writes or []) == [
        ("t1", "plan", "first"),
        ("t2", "__interrupt__", "second"),
    ]
