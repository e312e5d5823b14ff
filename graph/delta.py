"""Turns a function `(state, deps) -> Delta` into a node of the graph."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from langgraph.runtime import Runtime

from synthcraft.graph.deps import Deps
from synthcraft.graph.state import Delta, RunState
from synthcraft.tools.disclosure.project import least_in
from synthcraft.tools.disclosure.sentences import controlled_text

Step = Callable[[RunState, Deps], Awaitable[Delta]]


class Node(Protocol):
    """What LangGraph calls."""

    async def __call__(self, state: RunState, runtime: Runtime[Deps]) -> dict[str, Any]:
        """Run the step and hand on only what it set."""
        ...


def node(step: Step, fallback: Callable[[], Deps]) -> Node:
    """Wrap a step: the validated Delta becomes channel updates, progress goes to the stream.

    LangGraph neither validates what a node returns nor refuses unknown keys; `Delta` does.

    Args:
        step: reads state, calls one thing, returns a Delta.
        fallback: makes the dependencies where the caller gave none (`langgraph dev`).
    """

    async def run(state: RunState, runtime: Runtime[Deps]) -> dict[str, Any]:
        deps = runtime.context if runtime.context is not None else fallback()

        def emit(text: str, fraction: float | None, subject: str) -> None:
            told = controlled_text(text, least_in(state))
            runtime.stream_writer({"text": told, "fraction": fraction, "subject": subject})

        delta = await step(state, deps.listening(emit))
        return delta.updates()

    return run
