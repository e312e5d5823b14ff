"""The legacy panel as it is printed."""

from __future__ import annotations

from collections.abc import Sequence

from synthcraft.tools.inference.table import UNKNOWN, Table
from synthcraft.tools.legacy.panel import STAMP, Panel, title
from synthcraft.tools.legacy.rows import LegacyRow, Reading
from synthcraft.tools.report.printed import Printed, printed

_HEADER = (
    "Number of synthcity",
    "Legacy",
    "Legacy, as many rows as the twin",
    "Legacy, held-back real rows (twin)",
    "Ours, the same idea",
    "What is wrong or misread",
    "Read in",
)
_NOTES = (
    "Printed for comparison with what was published; no limit, state or ranking rests on it.",
    "The twin is what untouched real rows score: read each number against it, not against 0 or 1.",
)
_WORDS = {"error": "error", "not_run": "not run", "suppressed": "under ten, suppressed"}
_BETTER = {"lower": "↓", "higher": "↑", "target": "no direction"}


def legacy_table(panel: Panel, rows: Sequence[LegacyRow]) -> Printed:
    """One panel for one file; empty rows give a table without lines."""
    own = [row for row in rows if row.panel == panel]
    readings = [r for row in own for r in (row.legacy, row.same_size, row.twin) if r.code]
    errors = dict.fromkeys(f"{r.code}: {r.message.rstrip('.')}." for r in readings)
    lines = tuple(_line(row) for row in own)
    table = Table(title(panel), _HEADER, lines, (*_NOTES, *errors), STAMP)
    return printed(f"legacy_{panel}", table)


def _line(row: LegacyRow) -> tuple[str, ...]:
    ours = _cell(row.ours, row.ours.message) if row.ours_id else UNKNOWN
    return (
        f"{row.title} ({row.key}, {_BETTER[row.direction]})",
        _cell(row.legacy, row.legacy.message),
        _cell(row.same_size),
        _cell(row.twin),
        f"{ours} ({row.ours_title})" if row.ours_title else ours,
        row.wrong,
        row.source,
    )


def _cell(reading: Reading, why: str = "") -> str:
    if reading.value is not None:
        return f"{reading.value:.4g}"
    said = reading.code or why
    return f"{_WORDS[reading.status]}: {said}" if said else _WORDS[reading.status]
