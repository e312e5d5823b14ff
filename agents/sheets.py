"""What a project's state says of table, generators and what left: read for a page only."""

from __future__ import annotations

from pydantic import Field

from synthcraft.agents.base import Toolbox
from synthcraft.agents.described import ColumnSheet, columns_of
from synthcraft.agents.measured import Measure, measures_of
from synthcraft.agents.offers import Offer, offers_of, rows_of
from synthcraft.agents.told import Told, told_of
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.records import Source
from synthcraft.graph.state import RunState
from synthcraft.tools.disclosure.project import least_in, source_shown
from synthcraft.tools.disclosure.rounding import to_five


class Sheets(Frozen):
    """All that the tabs of the page show beside results."""

    source: Source
    columns: tuple[ColumnSheet, ...]
    rows: int = 0
    """Rows that predictions of cost are for, to the nearest five."""
    offers: tuple[Offer, ...] = ()
    told: Told = Told()
    measures: dict[str, Measure] = Field(default_factory=dict)
    """Metric id -> what its numbers mean."""


def sheets_of(state: RunState, tools: Toolbox) -> Sheets:
    """Everything that the state says."""
    return Sheets(
        source=source_shown(state["source"], least_in(state)),
        columns=columns_of(state, tools),
        rows=to_five(rows_of(state)),
        offers=offers_of(state, tools),
        told=told_of(state, tools),
        measures=measures_of(state, tools),
    )
