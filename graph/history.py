"""Lineage of a project: a tree of checkpoints, the head's branch, revert by fork."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.errors import InputError, NotFoundError
from synthcraft.graph.talk import SOMEBODY, turns_of
from synthcraft.graph.views import HistoryLine, Turn

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
    """`next == ()` alone is not enough: after a crash it may be empty while work is left.

    Raises:
        InputError: the project was ended before its first step was saved.
    """
    if snapshot.created_at is None:
        session = snapshot.config["configurable"]["thread_id"]
        raise InputError(
            f"The project {session} was ended before anything of it was saved.",
            f"Begin it again; `synthcraft sessions delete {session}` takes it off the list.",
        )
    return not snapshot.next and not snapshot.tasks


@dataclass
class Read:
    """Checkpoints of one project that were read already: they never change, and become many."""

    lines: dict[str, HistoryLine] = field(default_factory=dict)
    """Oldest first."""
    minutes: dict[str, float] = field(default_factory=dict)
    """Used until then."""
    turns: dict[str, tuple[Turn, ...]] = field(default_factory=dict)
    """What each adds to the conversation."""


async def lineage(graph: Graph, session: str, read: Read | None = None) -> list[HistoryLine]:
    """Every checkpoint, oldest first; those off the head's branch are marked.

    Args:
        graph: with its checkpointer.
        session: whose checkpoints.
        read: what the last call has read; only later checkpoints are read from the disk.
    """
    read = Read() if read is None else read
    for snapshot in reversed(await _unread(graph, session, read)):
        key = checkpoint_of(snapshot)
        read.minutes[key] = snapshot.values.get("minutes_used", 0.0)
        read.lines[key] = _line(snapshot, read.minutes)
        read.turns[key] = turns_of(read.lines[key], snapshot.values)
    on_head: set[str] = set()
    walk = next(reversed(read.lines), None)
    while walk in read.lines:
        on_head.add(str(walk))
        walk = read.lines[str(walk)].parent
    lines = [line for line in read.lines.values() if line.node != "__start__"]
    return [line.model_copy(update={"on_head": line.checkpoint in on_head}) for line in lines]


async def _unread(graph: Graph, session: str, read: Read) -> list[StateSnapshot]:
    """Snapshots that are newer than what was read, the newest first."""
    found: list[StateSnapshot] = []
    for limit in (1, 4, 16, None):  # mostly nothing has happened, or a question of three steps
        history = graph.aget_state_history(config_of(session), limit=limit)  # type: ignore[arg-type]
        found = [snapshot async for snapshot in history]
        new = list(takewhile(lambda one: checkpoint_of(one) not in read.lines, found))
        if len(new) < len(found) or not found:
            return new
    return found


def _line(snapshot: StateSnapshot, used: dict[str, float]) -> HistoryLine:
    values = snapshot.values
    metadata: Any = snapshot.metadata or {}
    source = metadata.get("source")
    choice = values.get("choice")
    following = snapshot.next[0] if snapshot.next else ""
    node = {"input": "__start__", "fork": "revert"}.get(source, "")
    if not node:
        node = _node_before(following, values)
    feedback = values.get("feedback")
    key, parent = checkpoint_of(snapshot), _parent(snapshot)
    return HistoryLine(
        checkpoint=key,
        parent=parent,
        step=values.get("step", 0),
        node=node,
        episode=choice.episode if choice else values.get("episode", "intake"),
        who=_who(node, values),
        what=_what(node, values),
        at=str(snapshot.created_at or ""),
        cost=feedback.cost if feedback and node == "settle" else 0,
        seconds=60 * max(0.0, used[key] - used.get(str(parent), used[key])),
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


def _who(node: str, values: dict[str, Any]) -> str:
    """Who did it: a person by name, a specialist, or the router that chooses among them."""
    answer, choice = values.get("answer"), values.get("choice")
    if node == "approval" and answer is not None:
        return str(answer.actor)
    if node == "revert":
        return SOMEBODY
    if node == "work" and choice is not None:
        table = EPISODES[choice.episode].actions
        return next((row.agent for row in table if row.name == choice.action), "router")
    return "router" if node == "choose" else "program"


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


async def fork(graph: Graph, session: str, checkpoint: str, read: Read | None = None) -> str:
    """Make a copy of an earlier checkpoint the head; nothing runs, nothing is lost.

    Raises:
        NotFoundError: the project has no such checkpoint.
    """
    point = checkpoint_named(await lineage(graph, session, read), session, checkpoint)
    config: Any = config_of(session, point)
    if (await graph.aget_state(config)).created_at is None:
        raise NotFoundError(
            f"Checkpoint {point} lay on a branch that was left, and was cleared away since.",
            "Go back to a gate of that branch: those are kept.",
        )
    config = await graph.aupdate_state(config, None, as_node="__copy__")
    return str(config["configurable"]["checkpoint_id"])


def checkpoint_named(lines: list[HistoryLine], session: str, checkpoint: str) -> str:
    """The whole id of a checkpoint that is given by its id or the end of it.

    Raises:
        NotFoundError: the project has no such checkpoint, or several.
    """
    ids = [line.checkpoint for line in lines]
    hits = [i for i in ids if i == checkpoint] or [i for i in ids if i.endswith(checkpoint)]
    if not checkpoint or len(hits) != 1:
        raise NotFoundError(
            f"Project {session} has no single checkpoint {checkpoint!r}.",
            "See `synthcraft sessions show` for the checkpoints.",
        )
    return hits[0]
