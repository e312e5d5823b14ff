"""One way to draw: no display, no dates, no random ids, so that equal data give equal bytes."""

from __future__ import annotations

import base64
import io
import textwrap
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette, which colour-blind readers can tell apart.
INK, MUTED, RULE = "#1d2733", "#5b6773", "#d9dfe5"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SYNTHETIC = "SYNTHETIC"
REAL = "REAL, disclosure-checked"

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


# matplotlib's settings belong to the process: two reports drawn at once would change each other's.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A finished figure with the text that stands for it where it cannot be seen."""

    svg: str
    alt: str
    caption: str

    @property
    def uri(self) -> str:
        """The figure as an address that holds the figure itself."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


def draw(paint: Callable[[Figure], None], size: tuple[float, float], footer: str) -> str:
    """Let `paint` fill a figure of `size` inches and return it as SVG text."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    margin = 0.24 / size[1]
    layout = ConstrainedLayoutEngine(rect=(0, margin, 1, 1 - margin))
    with _ONE_AT_A_TIME, matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # A name may hold letters that the font lacks; the box drawn instead is enough.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=size, layout=layout)
        FigureCanvasSVG(figure)
        paint(figure)
        figure.text(0.995, 0.06 / size[1], footer, ha="right", va="bottom", fontsize=7, color=MUTED)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def wrapped(text: str, width: int) -> str:
    """A name on at most two lines."""
    lines = textwrap.wrap(short(text, 2 * width), width) or [""]
    return "\n".join([lines[0], short(" ".join(lines[1:]), width)] if lines[1:] else lines)


def short(text: object, width: int = 28) -> str:
    """A name that fits beside an axis; unprintable characters become spaces."""
    clean = "".join(c if c.isprintable() else " " for c in str(text)).strip() or "(no name)"
    return clean if len(clean) <= width else clean[: width - 1] + "…"
