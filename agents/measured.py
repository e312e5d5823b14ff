"""What was measured in a project, so that a page can say what each number means."""

from __future__ import annotations

from synthcraft.agents.base import Toolbox
from synthcraft.agents.evaluator import results_of
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.state import RunState
from synthcraft.tools.metrics.base import Direction


class Measure(Frozen):
    """One measure of the whole table and what its numbers are compared with.

    Attributes:
        anchors: A0 the floor, A1 fresh real rows, A2 memorised rows, as far as they were measured.
        floor: what A0 is for this measure.
        limit: the rule that judges it; empty where none does.
    """

    title: str
    family: str
    explanation: str
    direction: Direction
    ideal: float | None
    anchors: dict[str, float]
    floor: str
    limit: str


def measures_of(state: RunState, tools: Toolbox) -> dict[str, Measure]:
    """Metric id -> measure, in the order of the results."""
    rows = [
        row
        for candidate in state.get("candidates", [])
        for row in results_of(state, candidate.id, tools)
        if row.column is None and row.group is None
    ]
    return {
        row.metric_id: Measure(
            title=row.title or row.metric_id,
            family=row.family,
            explanation=row.explanation,
            direction=row.direction,
            ideal=row.ideal_value,
            anchors={key: value for key, value in row.anchors.items() if value is not None},
            floor=row.floor,
            limit=row.threshold_text,
        )
        for row in reversed(rows)  # of several files, the first one's anchors stand
    }
