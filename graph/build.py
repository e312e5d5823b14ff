"""Wiring: receive -> choose -> episode | gate -> choose ... -> end."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from synthcraft.graph.delta import node
from synthcraft.graph.deps import Deps, Settings, make_deps
from synthcraft.graph.episodes import EPISODES, check_table
from synthcraft.graph.gates import approval, propose
from synthcraft.graph.receive import receive
from synthcraft.graph.router import FINISH, GATE, choose, route
from synthcraft.graph.settle import after_settle, settle
from synthcraft.graph.state import RunState
from synthcraft.graph.work import work

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

NO_RETRY = RetryPolicy(max_attempts=1)


@cache
def _workspace() -> Deps:
    """Dependencies for callers that give none: the workspace of the environment."""
    return make_deps(Settings.from_env())


def builder(context: type[Deps] | None = Deps) -> StateGraph[RunState, Any, RunState, RunState]:
    """The graph, not yet compiled; without a context each node uses the workspace."""
    check_table(EPISODES.values())
    graph: StateGraph[RunState, Any, RunState, RunState] = StateGraph(
        RunState, context_schema=context
    )
    steps = {"receive": receive, "choose": choose, "propose": propose}
    steps |= {"approval": approval, "settle": settle}
    steps |= dict.fromkeys(EPISODES, work)
    for name, step in steps.items():
        graph.add_node(name, node(step, _workspace), retry_policy=NO_RETRY)
    graph.add_edge(START, "receive")
    graph.add_edge("receive", "choose")
    ways: dict[Hashable, str] = {name: name for name in EPISODES}
    ways |= {GATE: "propose", FINISH: END}
    graph.add_conditional_edges("choose", route, ways)
    for name in EPISODES:
        graph.add_edge(name, "choose")
    graph.add_edge("propose", "approval")
    graph.add_edge("approval", "settle")
    graph.add_conditional_edges("settle", after_settle, ways | {"choose": "choose"})
    return graph


def compile_graph(
    checkpointer: BaseCheckpointSaver[Any],
) -> CompiledStateGraph[RunState, Any, RunState, RunState]:
    """The graph with a checkpointer; without one a gate could never be resumed."""
    return builder().compile(checkpointer=checkpointer)


def make_graph(config: dict[str, Any]) -> Any:
    """Entry point of `langgraph dev`, which brings its own checkpointer."""
    return builder(context=None).compile(name="synthcraft")
