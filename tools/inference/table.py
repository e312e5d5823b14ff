"""A table as it is printed: text cells, and what must be said beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Mode = Literal["paper", "rigorous"]
PAPER_STAMP = "resubstitution, single run, not for inference"
UNKNOWN = "–"


@dataclass(frozen=True)
class Table:
    """Cells by row under a header; the stamp, where there is one, is part of the title."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    stamp: str = ""

    def records(self) -> list[dict[str, str]]:
        """Rows by column name, as a CSV twin wants them."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


def fixed(value: float | None, digits: int) -> str:
    """A number with so many decimals; a dash where there is none."""
    if value is None or not np.isfinite(value):
        return UNKNOWN
    return f"{value:,.{digits}f}"


def with_interval(value: float, low: float, high: float, digits: int) -> str:
    """`1.06 (1.05–1.08)`, and `to` where the dash would stand beside a minus."""
    if not np.isfinite(value):
        return UNKNOWN
    dash = " to " if low < 0 else "–"
    return f"{fixed(value, digits)} ({fixed(low, digits)}{dash}{fixed(high, digits)})"
