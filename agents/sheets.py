"""What a project's state says of its table: read for a page, never changed."""

from __future__ import annotations

from synthcraft.agents.base import Toolbox
from synthcraft.agents.described import ColumnSheet, columns_of
from synthcraft.graph.contracts import Frozen
from synthcraft.graph.records import Source
from synthcraft.graph.state import RunState


class Sheets(Frozen):
    """All that the tabs of the page show beside results."""

    source: Source
    columns: tuple[ColumnSheet, ...]


def sheets_of(state: RunState, tools: Toolbox) -> Sheets:
    """Everything that the state says."""
    return Sheets(source=state["source"], columns=columns_of(state, tools))
