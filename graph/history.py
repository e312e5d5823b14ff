"""Lineage of a project: a tree of checkpoints, the head's branch, revert by fork."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.views import HistoryLine

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import StateSnapshot

    Graph = CompiledStateGraph[Any, Any, Any, Any]


def config_of(session: str, checkpoint: str | None = None) -> dict[str, Any]:
    """Only ids go into `configurable`: every scalar there is copied into the checkpoint."""
    ids = {"thread_id": session}
    if checkpoint:
        ids |= {"checkpoint_id": checkpoint, "checkpoint_ns": ""}
    return {"configurable": ids}


def checkpoint_of(snapshot: StateSnapshot) -> str:
    """Id of a snapshot."""
    return str(snapshot.config["configurable"]["checkpoint_id"])


def _parent(snapshot: StateSnapshot) -> str | None:
    config = snapshot.parent_config
    return str(config["configurable"]["checkpoint_id"]) if config else None


def is_finished(snapshot: StateSnapshot) -> bool:
    """`next == ()` alone is not enough: after a crash it may be empty while work is left."""
    return not snapshot.next and not snapshot.tasks


async def lineage(graph: Graph, session: str) -> list[HistoryLine]:
    """Every checkpoint, oldest first; those off the head's branch are marked."""
    snapshots = [s async for s in graph.aget_state_history(config_of(session))]  # type: ignore[arg-type]
    by_id = {checkpoint_of(s): s for s in snapshots}
    on_head: set[str] = set()
    walk = checkpoint_of(snapshots[0]) if snapshots else None
    while walk in by_id:
        on_head.add(str(walk))
        walk = _parent(by_id[str(walk)])
    lines = [_line(s, checkpoint_of(s) in on_head) for s in reversed(snapshots)]
    return [line for line in lines if line.node != "__start__"]


def _line(snapshot: StateSnapshot, on_head: bool) -> HistoryLine:
    values = snapshot.values
    metadata: Any = snapshot.metadata or {}
    source = metadata.get("source")
    choice = values.get("choice")
    following = snapshot.next[0] if snapshot.next else ""
    node = {"input": "__start__", "fork": "revert"}.get(source, "")
    if not node:
        node = _node_before(following, values)
    feedback = values.get("feedback")
    return HistoryLine(
        checkpoint=checkpoint_of(snapshot),
        parent=_parent(snapshot),
        step=values.get("step", 0),
        node=node,
        episode=choice.episode if choice else values.get("episode", "intake"),
        what=_what(node, values),
        at=str(snapshot.created_at or ""),
        cost=feedback.cost if feedback and node == "settle" else 0,
        on_head=on_head,
        choice=choice if node == "choose" else None,
    )


def _node_before(following: str, values: dict[str, Any]) -> str:
    """The node that wrote a snapshot, from what comes next and what the state says."""
    if following == "receive":
        return "__start__"
    if following == "approval":
        return "propose"
    if following == "settle":
        return "approval"
    if values.get("answer") is not None:  # only settling leaves it standing
        return "settle"
    if following == "choose":
        return "work" if values.get("choice") else "receive"
    return "choose"


def _what(node: str, values: dict[str, Any]) -> str:
    proposal = values.get("proposal")
    answer = values.get("answer")
    if node == "propose" and proposal is not None:
        return f"Asked for approval: {proposal.title}"
    if node == "approval" and answer is not None:
        verb = {
            "approve": "approved",
            "revise": "asked for changes",
            "question": "asked a question",
            "stop": "stopped",
        }[answer.verdict]
        return f"{answer.actor} {verb} ({answer.gate})"
    if node == "revert":
        return f"Went back to step {values.get('step', 0)}"
    return str(values.get("message", ""))


async def fork(graph: Graph, session: str, checkpoint: str) -> str:
    """Make a copy of an earlier checkpoint the head; nothing runs, nothing is lost.

    Raises:
        NotFoundError: the project has no such checkpoint.
    """
    ids = [line.checkpoint for line in await lineage(graph, session)]
    hits = [i for i in ids if i == checkpoint] or [i for i in ids if i.endswith(checkpoint)]
    if not checkpoint or len(hits) != 1:
        raise NotFoundError(
            f"Project {session} has no single checkpoint {checkpoint!r}.",
            "See `synthcraft sessions show` for the checkpoints.",
        )
    config = await graph.aupdate_state(config_of(session, hits[0]), None, as_node="__copy__")  # type: ignore[arg-type]
    return str(config["configurable"]["checkpoint_id"])
