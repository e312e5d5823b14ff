"""One way to draw: no display, no dates, no random ids, so that equal data give equal bytes."""

from __future__ import annotations

import base64
import io
import re
import textwrap
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synthcraft.tools.report.spreadsheet import as_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[str, str | int | float | None]
"""One line of the table behind a figure."""

# Okabe and Ito's palette, which colour-blind readers can tell apart.
INK, MUTED, RULE = "#1d2733", "#5b6773", "#d9dfe5"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SYNTHETIC = "SYNTHETIC"
REAL = "REAL, disclosure-checked"
BOTH = f"{SYNTHETIC} and {REAL}"

_STYLE: Any = {
    "svg.hashsalt": "synthcraft",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": INK,
}


_DOTS = 180
"""Of a picture in an inch."""

# matplotlib's settings belong to the process: two reports drawn at once would change each other's.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Sketch:
    """How a figure is painted; painting waits until somebody looks.

    Attributes:
        paint: fills a figure of `size` inches.
        footer: whose data it shows.
    """

    paint: Callable[[Figure], None]
    size: tuple[float, float]
    footer: str

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text."""
        return self._drawn("svg", {"Date": None, "Creator": None}).decode()

    @cached_property
    def png(self) -> bytes:
        """The figure as a picture of dots, for documents that take no other."""
        return self._drawn("png", {"Software": None})

    def _drawn(self, form: str, metadata: Any) -> bytes:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        margin, foot = 0.24 / self.size[1], 0.06 / self.size[1]
        layout = ConstrainedLayoutEngine(rect=(0, margin, 1, 1 - margin))
        with _ONE_AT_A_TIME, matplotlib.rc_context(_STYLE), warnings.catch_warnings():
            # A name may hold letters that the font lacks; the box drawn instead is enough.
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            figure = Figure(figsize=self.size, layout=layout)
            (FigureCanvasSVG if form == "svg" else FigureCanvasAgg)(figure)
            self.paint(figure)
            figure.text(0.995, foot, self.footer, ha="right", va="bottom", fontsize=7, color=MUTED)
            buffer = io.BytesIO()
            figure.savefig(buffer, format=form, metadata=metadata, dpi=_DOTS)
        return buffer.getvalue()


@dataclass(frozen=True)
class Picture:
    """A figure, the text that stands for it, and the table that every drawing of it shows."""

    name: str
    sketch: Sketch
    alt: str
    caption: str
    rows: tuple[Row, ...]

    @property
    def svg(self) -> str:
        """The figure of the report."""
        return self.sketch.svg

    @property
    def uri(self) -> str:
        """The figure as an address that holds the figure itself."""
        return address(self.svg)

    @property
    def file(self) -> str:
        """Where its table is written, relative to the report."""
        return f"figures/{self.name}.csv"

    @property
    def csv(self) -> str:
        """Its table; a withheld or missing number is an empty field."""
        return csv_of(self.rows)


def csv_of(rows: Sequence[Row]) -> str:
    """A table as CSV text; a missing number is an empty field."""
    fields = list(dict.fromkeys(key for row in rows for key in row))
    return as_csv(fields, [[row.get(field) for field in fields] for row in rows])


def address(svg: str) -> str:
    """An address that holds the figure itself."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@dataclass(frozen=True)
class NotDrawn:
    """A figure that was asked for and has nothing to show."""

    name: str
    why: str


Drawing = Picture | NotDrawn


def file_part(text: str) -> str:
    """A name as part of the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)


def colours(candidates: Sequence[str]) -> dict[str, str]:
    """One colour a candidate, the same in every figure."""
    return {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(candidates)}


def number_of(row: Row, key: str) -> float | None:
    """A number of a row; None where it is missing or a text."""
    value = row.get(key)
    return float(value) if isinstance(value, int | float) else None


def numbers_of(rows: Sequence[Row], key: str) -> list[float]:
    """A column of numbers; not a number where one is missing, so that it is not drawn."""
    found = (number_of(row, key) for row in rows)
    return [float("nan") if value is None else value for value in found]


def whisker(axis: Axes, place: float, row: Row, keys: tuple[str, str, str], colour: str) -> None:
    """An estimate with its interval on a horizontal line; what is missing is not drawn."""
    middle, low, high = (number_of(row, key) for key in keys)
    if low is not None and high is not None:
        axis.plot([low, high], [place, place], color=colour, linewidth=1.8)
    if middle is not None:
        axis.plot([middle], [place], "o", color=colour, markersize=5)


def wrapped(text: str, width: int) -> str:
    """A name on at most two lines."""
    lines = textwrap.wrap(short(text, 2 * width), width) or [""]
    return "\n".join([lines[0], short(" ".join(lines[1:]), width)] if lines[1:] else lines)


def short(text: object, width: int = 28) -> str:
    """A name that fits beside an axis; unprintable characters become spaces."""
    clean = "".join(c if c.isprintable() else " " for c in str(text)).strip() or "(no name)"
    return clean if len(clean) <= width else clean[: width - 1] + "…"
