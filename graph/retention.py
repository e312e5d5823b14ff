"""What a workspace need not keep: files that nobody refers to, steps of branches that were left.

Thinned are checkpoints between two gates, on branches that a person has left by going back, of
projects that nobody works on. Every checkpoint at which a person was asked or has answered stays,
with the last one of each branch and those that branches part at, so that one can still go back to
every gate; so does the whole current branch, which report, replay and conversation are read from.
What the tasks of a step wrote goes as well once the checkpoint after it holds it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from synthcraft.graph.belongings import Belongings, named_by
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.errors import SessionBusyError
from synthcraft.graph.history import lineage
from synthcraft.graph.persistence import Checkpointer
from synthcraft.graph.thinning import Thinned, thin, threads
from synthcraft.tools.artifacts import HALF
from synthcraft.tools.audit import audit_log
from synthcraft.tools.provenance import utc_now

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import HistoryLine

COLLECTED = "collected"
"""The log of collections, beside the logs of the projects."""
DAYS = 7
"""Files that were made or used within as many days stay, whoever may need them."""
_GATES = ("propose", "approval", "settle", "revert")
_ENDED = ("finished", "stopped")


class Collected(Frozen):
    """What was freed, or would be."""

    files: int = 0
    bytes: int = 0
    """Of files; what checkpoints took is counted apart."""
    checkpoints: int = 0
    writes: int = 0
    """What tasks wrote, each held by the checkpoint after it."""
    checkpoint_bytes: int = 0
    thinned: tuple[str, ...] = ()
    """Projects with fewer checkpoints than before."""
    busy: tuple[str, ...] = ()
    """Projects that somebody works on; nothing of theirs was touched."""


async def collect(
    runner: Runner, *, dry_run: bool = False, days: int = DAYS, actor: str = ""
) -> Collected:
    """Thin what was left and delete what nobody refers to; leaves an entry in a log.

    Args:
        runner: on the workspace.
        dry_run: only count.
        days: files that are younger stay.
        actor: who asked; by default that of the settings.
    """
    settings, saver = runner.deps.settings, cast("Checkpointer", runner.graph.checkpointer)
    infos = {info.session: info for info in await runner.sessions()}
    with runner.database.told_plainly():
        gone, taken = await _thinned(runner, infos, dry_run)
        busy = infos.keys() - taken.keys()
        everybody = {*infos, *await asyncio.to_thread(threads, runner.database)}
        named = {each: await named_by(saver, each, gone.get(each, ())) for each in everybody}
        ended = {name for name in taken if infos[name].status in _ENDED}
        before = time.time() - days * 86_400
        swept = await asyncio.to_thread(_swept, runner, named, everybody - ended, before, dry_run)
        if not dry_run and not busy and any(one.bytes for one in taken.values()):
            await asyncio.to_thread(runner.database.shrink)
    found = Collected(
        files=len(swept),
        bytes=sum(swept),
        checkpoints=sum(one.checkpoints for one in taken.values()),
        writes=sum(one.writes for one in taken.values()),
        checkpoint_bytes=sum(one.bytes for one in taken.values()),
        thinned=tuple(sorted(name for name, one in taken.items() if one.checkpoints)),
        busy=tuple(sorted(busy)),
    )
    if not dry_run:
        _log(settings.home, found, actor or settings.actor)
    return found


async def _thinned(
    runner: Runner, sessions: Iterable[str], dry_run: bool
) -> tuple[dict[str, dict[str, str | None]], dict[str, Thinned]]:
    """Thin every project that nobody works on: which checkpoints went, and how much that was.

    One is held at a time. What starts again meanwhile marks the files that it counts on as used,
    and they stay.
    """
    gone, taken = dict[str, dict[str, str | None]](), dict[str, Thinned]()
    for name in sessions:
        if runner.locks.held(name):
            continue
        with suppress(SessionBusyError):
            async with runner.locks.hold(name):
                gone[name] = left_between_gates(await lineage(runner.graph, name))
                taken[name] = await asyncio.to_thread(
                    thin, runner.database, name, gone[name], dry_run
                )
    return gone, taken


def left_between_gates(lines: Sequence[HistoryLine]) -> dict[str, str | None]:
    """Checkpoints off the current branch that nobody was asked at -> their parents."""
    children = Counter(line.parent for line in lines)
    return {
        line.checkpoint: line.parent
        for line in lines
        if not line.on_head and line.node not in _GATES and children[line.checkpoint] == 1
    }


def _swept(
    runner: Runner,
    named: Mapping[str, set[str]],
    unfinished: Iterable[str],
    before: float,
    dry_run: bool,
) -> list[int]:
    """Delete what nobody refers to and nobody has used lately; bytes of each."""
    things = Belongings(runner.deps.settings.home, runner.deps.store)
    sizes = [
        _size(path, before) if dry_run else _deleted(path, before)
        for key in things.unreferred(named, unfinished)
        for path in things.paths(key)
    ]
    return [size for size in sizes if size is not None]


def _size(path: Path, before: float) -> int | None:
    """Bytes of a file; None if it was used since."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_size if seen.st_mtime < before else None


def _deleted(path: Path, before: float) -> int | None:
    """Delete a file, unless it was used since; its bytes.

    It is taken aside before the last look: whoever comes to use it in between has marked it as
    used, and it is put back, or finds it gone and makes it anew.
    """
    if _size(path, before) is None:
        return None
    aside = path.with_name(f"{HALF}{path.name}")
    try:
        os.replace(path, aside)
    except FileNotFoundError:
        return None
    size = _size(aside, before)
    if size is None:
        os.replace(aside, path)
        return None
    aside.unlink()
    return size


def _log(home: Path, found: Collected, actor: str) -> None:
    log = audit_log(home, COLLECTED)
    log.extend(
        {"kind": "collect", "at": utc_now(), "actor": actor, **found.model_dump(mode="json")}
    )
    log.anchor()
