"""What was measured in a project, so that a page can say what each number means."""

from __future__ import annotations

from pydantic import Field

from synthcraft.agents.base import Toolbox
from synthcraft.agents.evaluator import results_of
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.state import RunState
from synthcraft.tools.metrics.base import Direction, Result, Status


class Reading(Frozen):
    """What one file scored, with its interval and what the agreed limits say of it."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    status: Status = "not_assessed"


class Measure(Frozen):
    """One measure of the whole table and what its numbers are compared with.

    Attributes:
        anchors: A0 the floor, A1 fresh real rows, A2 memorised rows, as far as they were measured.
        floor: what A0 is for this measure.
        limit: the rule that judges it; empty where none does.
        readings: candidate -> what it scored.
    """

    title: str
    family: str
    explanation: str
    direction: Direction
    ideal: float | None
    anchors: dict[str, float]
    floor: str
    limit: str
    readings: dict[str, Reading] = Field(default_factory=dict)


def measures_of(state: RunState, tools: Toolbox) -> dict[str, Measure]:
    """Metric id -> measure, in the order of the results."""
    found: dict[str, Measure] = {}
    for candidate in state.get("candidates", []):
        for row in results_of(state, candidate.id, tools):
            if row.column is None and row.group is None:
                # of several files, the first one's anchors stand
                measure = found.setdefault(row.metric_id, _measure(row))
                measure.readings[candidate.id] = Reading(
                    value=row.value, low=row.ci_low, high=row.ci_high, status=row.status
                )
    return found


def _measure(row: Result) -> Measure:
    return Measure(
        title=row.title or row.metric_id,
        family=row.family,
        explanation=row.explanation,
        direction=row.direction,
        ideal=row.ideal_value,
        anchors={key: value for key, value in row.anchors.items() if value is not None},
        floor=row.floor,
        limit=row.threshold_text,
    )
