"""What differs between two checkpoints of a project, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from synthcraft.graph.contracts import Frozen
from synthcraft.graph.episodes import EPISODES
from synthcraft.graph.history import checkpoint_named, config_of, lineage
from synthcraft.graph.records import Plan
from synthcraft.graph.snapshots import state_of
from synthcraft.graph.state import Progress, RunState
from synthcraft.tools.metrics.headline import headline_titles
from synthcraft.tools.report.words import number, plain, sentence, setting

if TYPE_CHECKING:
    from synthcraft.graph.history import Graph, Read

NOTHING = "–"
_AS_ENGINES = "generators"


class Difference(Frozen):
    """One thing that is not the same at two checkpoints."""

    what: str
    before: str
    after: str


async def compare(
    graph: Graph, session: str, one: str, other: str, read: Read | None = None
) -> tuple[Difference, ...]:
    """What differs between two checkpoints of a project, each named by its id or the end of it.

    Raises:
        NotFoundError: the project has no such checkpoint.
    """
    lines = await lineage(graph, session, read)
    points = [checkpoint_named(lines, session, name) for name in (one, other)]
    configs: list[Any] = [config_of(session, point) for point in points]
    before, after = [state_of(await graph.aget_state(config)) for config in configs]
    return differences(before, after)


def differences(before: RunState, after: RunState) -> tuple[Difference, ...]:
    """Everything that a person would notice: episodes, plan, tables, results, answers."""
    told = [dict(_told(state)) for state in (before, after)]
    names = dict.fromkeys([*told[0], *told[1]])
    pairs = [(name, *(one.get(name, NOTHING) for one in told)) for name in names]
    return tuple(Difference(what=n, before=a, after=b) for n, a, b in pairs if a != b)


def _told(state: RunState) -> Iterator[tuple[str, str]]:
    yield "Step", str(state.get("step", 0))
    progress = state.get("progress", {})
    for name, episode in EPISODES.items():
        yield episode.title, progress.get(name, Progress()).status
    yield from _plan(state.get("plan") or Plan())
    for one in state.get("candidates", []):
        words = f"{one.rows:,} rows" if one.status == "ok" else one.status
        yield f"Table {one.id}", f"{words}, seed {one.seed}"
    titles = headline_titles()
    for verdict in state.get("verdicts", []):
        yield f"{verdict.candidate}: decision aid", verdict.state
        for metric, value in verdict.headline.items():
            yield f"{verdict.candidate}: {titles.get(metric, plain(metric))}", number(value)
    yield "Questions that you answered", str(state.get("questions", 0))
    yield "Decisions on record", str(len(state.get("approvals", {})))
    yield "Minutes of training", number(state.get("minutes_used", 0.0), 1)


def _plan(plan: Plan) -> Iterator[tuple[str, str]]:
    for name in Plan.model_fields:
        if name == _AS_ENGINES:
            yield "Generators in the plan", setting([engine.id for engine in plan.generators])
            for engine in plan.generators:
                yield f"Parameters of {engine.id}", setting(engine.params)
        else:
            yield sentence(plain(name)), setting(getattr(plan, name))
