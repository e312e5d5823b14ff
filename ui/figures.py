"""The figures of a project on the page: which there are, and one of them as a tab shows it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.tools.artifacts import private_folder, replace_file
from synthcraft.ui.text import md
from synthcraft.ui.uploads import page_folder

if TYPE_CHECKING:
    from synthcraft.tools.report.interactive import PageFigure

ALL = ("All files together", "")


@dataclass(frozen=True)
class Album:
    """Every figure of a project, or the sentence why they cannot be read."""

    figures: tuple[PageFigure, ...] = ()
    trouble: str = ""

    @cached_property
    def version(self) -> str:
        """Another text as soon as a number of a figure is another; empty with nothing to show."""
        parts = [(f.chart.name, f.names, f.rows, f.why) for f in self.figures]
        told = repr(parts or self.trouble).encode()
        return hashlib.sha256(told).hexdigest()[:16] if parts or self.trouble else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Title and name of each figure."""
        return [(figure.chart.title, figure.chart.name) for figure in self.figures]

    def show(self, name: object, file: object, home: Path, *, dark: bool) -> dict[str, Any]:
        """Properties of the components of one figure; the first one where it does not exist."""
        if not self.figures:
            nothing = {"value": None, "visible": False}
            return {
                "file": {"visible": False}, "reading": {"value": md(self.trouble)},
                "plot": nothing, "numbers": nothing,
            }  # fmt: skip
        figure = next((f for f in self.figures if f.chart.name == name), self.figures[0])
        files = figure.files
        chosen = figure.chosen(file if isinstance(file, str) else None)
        choices = [(each, each) for each in files]
        drawn = bool(figure.rows)
        words = figure.chart.reading if drawn else figure.why
        table = _written(figure, chosen, home) if drawn else None
        return {
            "figure": {"value": figure.chart.name},
            "file": {
                "choices": choices if figure.chart.one_file else [ALL, *choices],
                "value": chosen or ALL[1],
                "visible": len(files) > 1,
            },
            "reading": {"value": md(words)},
            "plot": {
                "value": figure.draw(chosen, dark=dark) if drawn else None,
                "visible": drawn,
            },
            "numbers": {"value": str(table) if table else None, "visible": drawn},
        }


def _written(figure: PageFigure, file: str | None, home: Path) -> Path:
    """The table of a figure where the page can serve it; equal tables are one file."""
    name, text = figure.csv(file)
    folder = page_folder(home) / "figures" / hashlib.sha256(text.encode()).hexdigest()
    private_folder(folder)
    path = folder / name
    if not path.exists():
        replace_file(path, [text.encode()])
    return path
