"""From what LangGraph keeps and streams to what a person is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from synthcraft.graph.history import checkpoint_of
from synthcraft.graph.records import Plan
from synthcraft.graph.views import Event, SessionView, Status
from synthcraft.tools.disclosure.project import JUDGED, least_in
from synthcraft.tools.disclosure.sentences import told

if TYPE_CHECKING:
    from langgraph.types import StateSnapshot

    from synthcraft.graph.state import RunState


def state_of(snapshot: StateSnapshot) -> RunState:
    """The project's state, typed."""
    return cast("RunState", snapshot.values)


def events_of(mode: str, chunk: Any) -> list[Event]:
    """What one piece of the stream tells the person."""
    if mode == "custom":
        kind = "progress" if chunk["fraction"] is not None else "decision"
        return [
            Event(
                kind=kind,
                text=chunk["text"],
                fraction=chunk["fraction"],
                subject=chunk["subject"],
            )
        ]
    return [
        Event(kind="message", text=update["message"], subject=name)
        for name, update in chunk.items()
        if name != "choose" and isinstance(update, dict) and update.get("message")
    ]


def view_of(snapshot: StateSnapshot) -> SessionView:
    """Where a project stands."""
    values = snapshot.values
    waiting = snapshot.interrupts[0] if snapshot.interrupts else None
    status: Status = values.get("status", "running")
    if waiting is not None:
        status = "waiting"
    elif status == "running" and snapshot.created_at:
        status = "interrupted"
    source, least = values.get("source"), least_in(state_of(snapshot))
    proposal = values.get("proposal") if waiting is not None else None
    return SessionView(
        session=str(snapshot.config["configurable"]["thread_id"]),
        name=source.name if source else "",
        status=status,
        episode=values.get("episode", ""),
        waiting_for=proposal.gate if proposal else None,
        interrupt_id=waiting.id if waiting else None,
        proposal=proposal,
        choice=values.get("choice"),
        progress=values.get("progress", {}),
        plan=values.get("plan") or Plan(),
        candidates=tuple(told(c, least, "message") for c in values.get("candidates", ())),
        verdicts=tuple(told(v, least, *JUDGED) for v in values.get("verdicts", ())),
        step=values.get("step", 0),
        round=values.get("round", 0),
        seed=values.get("seed", 0),
        questions_asked=values.get("questions", 0),
        message=values.get("message", ""),
        checkpoint=checkpoint_of(snapshot) if snapshot.created_at else "",
        audit_head=values.get("audit_head", ""),
    )
