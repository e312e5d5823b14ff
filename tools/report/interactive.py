"""Figures for the page: the tables of the report's figures, drawn so that a reader can ask them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthcraft.tools.report.charts.look import look
from synthcraft.tools.report.charts.registry import Chart, charts
from synthcraft.tools.report.figure import NotDrawn, Picture, Row, csv_of, file_part

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from synthcraft.tools.report.gallery import Gallery


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: a chart and the table that it draws.

    Attributes:
        names: every candidate in the order of the report's colours.
        rows: the table of the report's figure; of all files, where each has a figure.
        why: the sentence that stands in place of a figure without rows.
    """

    chart: Chart
    names: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    why: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The synthetic files that a reader can choose among; empty where all belong together."""
        found = {str(row["candidate"]) for row in self.rows if "candidate" in row}
        return tuple(name for name in self.names if name in found)

    def chosen(self, file: str | None) -> str | None:
        """The file to show: the wanted one, the first where one must be shown, or all (None)."""
        files = self.files
        if file in files:
            return file
        return files[0] if files and self.chart.one_file else None

    def table(self, file: str | None = None) -> list[Row]:
        """The rows to draw."""
        shown = self.chosen(file)
        return [row for row in self.rows if shown is None or row["candidate"] == shown]

    def draw(self, file: str | None = None, *, dark: bool = False) -> Figure:
        """The figure in one of the page's two themes."""
        return self.chart.draw(self.table(file), look(self.names, dark=dark))

    def csv(self, file: str | None = None) -> tuple[str, str]:
        """Name and text of the table that is drawn, as a file."""
        parts = [part for part in (self.chart.name, self.chosen(file)) if part]
        return f"{file_part('__'.join(parts))}.csv", csv_of(self.table(file))


def page_figures(drawings: Gallery, names: Sequence[str]) -> tuple[PageFigure, ...]:
    """Every figure of the report that the page can draw, in the order of the report."""
    grouped: dict[str, list[Picture | NotDrawn]] = {}
    for each in (d for drawn in drawings.values() for d in drawn):
        kind = each.name.split("__")[0]
        if isinstance(each, Picture | NotDrawn) and kind in charts():
            grouped.setdefault(kind, []).append(each)
    return tuple(_joined(charts()[kind], each, tuple(names)) for kind, each in grouped.items())


def _joined(
    chart: Chart, drawings: Iterable[Picture | NotDrawn], names: tuple[str, ...]
) -> PageFigure:
    """One figure of the page for those that the report draws file by file."""
    rows: list[Row] = []
    why = ""
    for each in drawings:
        if isinstance(each, NotDrawn):
            why = why or each.why
        else:
            rows += each.rows
    return PageFigure(chart, names, tuple(rows), "" if rows else why)
