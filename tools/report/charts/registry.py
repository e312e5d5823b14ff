"""Charts by decorator: one function each, found by the name of the report's figure."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import Look, blank
from synthcraft.tools.report.figure import Row

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Draw = Callable[[Sequence[Row], Look], "Figure"]


@dataclass(frozen=True)
class Chart:
    """The twin of a figure of the report.

    Attributes:
        name: name of the report's figure, up to a double underscore.
        title: what a reader chooses it by.
        reading: one sentence on how to read it.
        draw: table of the figure -> figure; no rows give a bare one.
        one_file: whether it shows one synthetic file at a time.
    """

    name: str
    title: str
    reading: str
    draw: Draw
    one_file: bool = False


_CHARTS: dict[str, Chart] = {}


def chart(name: str, title: str, reading: str, *, one_file: bool = False) -> Callable[[Draw], Draw]:
    """Register a drawing function under the name of the report's figure."""

    def register(draw: Draw) -> Draw:
        @wraps(draw)
        def drawn(rows: Sequence[Row], look: Look) -> Figure:
            return draw(rows, look) if rows else blank(look)

        _CHARTS[name] = Chart(name, title, reading, drawn, one_file)
        return drawn

    return register


@cache
def charts() -> dict[str, Chart]:
    """Name of a figure of the report -> its chart; every module of this folder is read."""
    home = importlib.import_module(__package__ or "")
    for module in pkgutil.iter_modules(home.__path__, f"{home.__name__}."):
        importlib.import_module(module.name)
    return _CHARTS
