"""The list of projects against their checkpoints, and both against the stored files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from synthcraft.graph.build import compile_graph
from synthcraft.graph.damage import LISTED, SAVED, Damage, Ward
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.history import config_of
from synthcraft.graph.project_index import ProjectIndex
from synthcraft.graph.records import ArtifactRef
from synthcraft.graph.snapshots import state_of, view_of
from synthcraft.graph.state import RunState
from synthcraft.graph.views import SessionView
from synthcraft.tools.disclosure.project import listed_source

_FROM_OUTSIDE = ("table", "codebook")
"""Files that no job makes again."""


def unlisted(ward: Ward) -> Iterator[Damage]:
    """Projects with checkpoints that the list does not know."""
    for session in sorted(_ids(ward, SAVED) - _ids(ward, LISTED)):
        yield Damage(
            "project",
            session,
            "The project has steps and is not on the list.",
            partial(_listed, ward, session),
        )


def never_begun(ward: Ward) -> Iterator[Damage]:
    """Projects on the list without a checkpoint."""
    locks = ward.kept.locks(ward.home / "locks")
    for session in sorted(_ids(ward, LISTED) - _ids(ward, SAVED)):
        if locks.held(session):
            continue
        if (ward.home / "audit" / f"{session}.jsonl").exists():
            yield Damage(
                "project",
                session,
                "The steps of the project are lost; its log and its stored files are kept.",
                hint="Begin it anew on the same data: finished jobs are not done again. "
                f"`synthcraft audit export {session}` gives what was decided.",
                grave=True,
            )
        else:
            yield Damage(
                "project",
                session,
                "The project was ended before anything of it was saved.",
                partial(_unlisted, ward, session),
            )


def missing_files(ward: Ward) -> Iterator[Damage]:
    """Stored files that a project stands on and that are not there as they were written."""
    for session in sorted(_ids(ward, LISTED) & _ids(ward, SAVED)):
        try:
            state, _ = asyncio.run(_head(ward, session))
        except Exception as error:  # whatever a damaged step makes of the reader
            why = error.message if isinstance(error, SynthCraftError) else type(error).__name__
            message = f"The last step of the project cannot be read ({why})."
            hint = f"See `synthcraft sessions show {session}`."
            yield Damage("project", session, message, hint=hint, grave=True)
            continue
        for ref in _stood_on(state):
            if not ward.store.has(ref.sha256):
                yield Damage(
                    "missing file",
                    session,
                    f"The stored file {ref.sha256[:12]} ({ref.kind}) of the project is not there.",
                    hint=_again(session, ref),
                    grave=True,
                )


def _again(session: str, ref: ArtifactRef) -> str:
    if ref.kind in _FROM_OUTSIDE:
        return "Begin the project anew on the same data; finished jobs are not done again."
    return (
        f"Go back to before it was made (`synthcraft sessions revert {session}`) and go on: "
        "it is made again."
    )


def _stood_on(state: RunState) -> list[ArtifactRef]:
    """Files that the head of a project refers to: of its data, and of its candidates."""
    made = [
        ArtifactRef(sha256=one.sha256, kind=f"synthetic data {one.id}", bytes=0, producer="")
        for one in state.get("candidates", ())
        if one.sha256
    ]
    return [*state.get("refs", {}).values(), *made]


def _ids(ward: Ward, sql: str) -> set[str]:
    """Projects of a table; of a damaged database the look at it tells."""
    return ward.projects(sql) or set()


async def _head(ward: Ward, session: str) -> tuple[RunState, SessionView]:
    async with ward.kept.opened() as saver:
        snapshot = await compile_graph(saver).aget_state(config_of(session))  # type: ignore[arg-type]
        return state_of(snapshot), view_of(snapshot)


def _listed(ward: Ward, session: str) -> str:
    """Enter a project from its last step; what it taught is counted already, or lost."""
    state, view = asyncio.run(_head(ward, session))
    index, source = ProjectIndex(ward.kept), listed_source(state)
    name = " + ".join(Path(path).name for path in state["inbox"].paths) if "inbox" in state else ""
    index.add(session, source.name if source else name or session)
    index.claim_learning(session)
    if source is not None:
        index.update(session, view.status, source, view.waiting_for or "")
    return "It is on the list again, as a project of the operator."


def _unlisted(ward: Ward, session: str) -> str:
    ProjectIndex(ward.kept).remove(session)
    return "It was taken off the list."
