"""What only one project uses is deleted with it; what another uses stays for the other."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthcraft.graph.belongings import Belongings, named_by
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.damage import ASIDE
from synthcraft.graph.database import Database
from synthcraft.graph.deps import Deps
from synthcraft.graph.errors import SessionBusyError
from synthcraft.graph.heard import Heard
from synthcraft.graph.persistence import Checkpointer
from synthcraft.graph.project_index import ProjectIndex
from synthcraft.graph.project_locks import ProjectLocks
from synthcraft.graph.state import RunState
from synthcraft.tools.artifacts import ArtifactStore, abandoned
from synthcraft.tools.audit import audit_log, ledger_path
from synthcraft.tools.job_records import dead_folders
from synthcraft.tools.provenance import utc_now

DELETED = "deleted"
"""The log of deletions, beside the logs of the projects."""


class Deleted(Frozen):
    """What went with a project."""

    session: str
    files: int
    bytes: int


@dataclass(frozen=True)
class Place:
    """The workspace that a project is deleted from."""

    deps: Deps
    database: Database
    saver: Checkpointer
    index: ProjectIndex
    locks: ProjectLocks[Any]
    heard: Heard


async def delete_project(place: Place, session: str, state: RunState, actor: str) -> Deleted:
    """Delete a project whose lock is held; its line in the list goes last.

    Raises:
        SessionBusyError: another project works on the same table.
    """
    settings, store = place.deps.settings, place.deps.store
    others = [info.session for info in place.index.all() if info.session != session]
    with place.database.told_plainly():
        named = {each: await named_by(place.saver, each) for each in (session, *others)}
        check_unshared(state, named, [each for each in others if place.locks.held(each)])
        deleted = await asyncio.to_thread(remove_files, settings.home, store, session, state, named)
        log_deletion(settings.home, deleted, state, actor or settings.actor)
        await forget(place.saver, place.index, session)
    place.deps.forget(session)
    place.heard.forget(session)
    return deleted


async def forget(saver: Checkpointer, index: ProjectIndex, session: str) -> None:
    """Take a project off the list, with every checkpoint."""
    await saver.erase(session)
    await asyncio.to_thread(index.remove, session)
    await saver.empty_log()


def check_unshared(state: RunState, named: Mapping[str, set[str]], busy: Iterable[str]) -> None:
    """Refuse while another project works on the same table: it may be about to use these files.

    Raises:
        SessionBusyError: one does.
    """
    table = state.get("refs", {}).get("table")
    for session in busy:
        if table is not None and table.sha256 in named.get(session, ()):
            raise SessionBusyError(
                f"The project {session} is working on the same data and may use these files.",
                "Wait until it has finished, or stop it, then delete this one.",
            )


def remove_files(
    home: Path, store: ArtifactStore, session: str, state: RunState, named: Mapping[str, set[str]]
) -> Deleted:
    """Delete every file of a project that no other project leads to.

    Args:
        home: the workspace.
        store: where the files are kept.
        session: the project.
        state: where it stands.
        named: project -> hashes that its checkpoints name, of every project.
    """
    others = set().union(*(hashes for other, hashes in named.items() if other != session))
    things = Belongings(home, store)
    alone = things.only_in(named.get(session, set()), others)
    files, size = things.remove(alone)
    for aside in (home / ASIDE).rglob("*"):
        if aside.stem in {session, *alone} and aside.is_file():
            aside.unlink()
    for folder in ("audit", "anchors"):
        (home / folder / f"{session}.jsonl").unlink(missing_ok=True)
    ledger_path(home, session).unlink(missing_ok=True)
    (home / "language" / f"{session}.json").unlink(missing_ok=True)
    shutil.rmtree(home / "page" / "downloads" / session, ignore_errors=True)
    # What engines have learnt of single columns, and tables of figures on the page, bear no
    # project's name and are made anew; what dead processes left half belongs to nobody else.
    for place in (home / "cache", home / "page" / "figures", *dead_folders(home)):
        shutil.rmtree(place, ignore_errors=True)
    for half in (*abandoned(home / "artifacts"), *abandoned(home / "jobs")):
        half.unlink(missing_ok=True)
    root = (home / "uploads").resolve()
    for upload in map(Path, state["inbox"].paths if "inbox" in state else ()):
        if upload.resolve().is_relative_to(root):
            shutil.rmtree(upload.parent, ignore_errors=True)
    return Deleted(session=session, files=files, bytes=size)


def log_deletion(home: Path, deleted: Deleted, state: RunState, actor: str) -> None:
    """The one entry that stays: when, by whom, and the last entry of the log that is gone."""
    head = state.get("audit_head", "")
    body = {"kind": "delete", "at": utc_now(), "actor": actor, "audit_head": head}
    audit_log(home, DELETED).extend({**body, **deleted.model_dump()})
