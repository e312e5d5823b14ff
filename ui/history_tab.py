"""The tab History: every checkpoint as a line, the branches, and what differs between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synthcraft.ui import present, tables
from synthcraft.ui.text import duration, one_line, plain, tag

if TYPE_CHECKING:
    from synthcraft.graph.compare import Difference
    from synthcraft.graph.views import HistoryLine
    from synthcraft.ui.project import Project

CURRENT = "current"
HEADERS = ["Step", "Who", "What happened", "Cost", "UTC"]


@dataclass(frozen=True)
class History:
    """Every checkpoint of a project, oldest first; drawn once, as every tab looks all the time."""

    lines: Sequence[HistoryLine] = ()

    @cached_property
    def points(self) -> list[tuple[str, str]]:
        """What each is called, and its id; the newest first."""
        return [(present.checkpoint_label(line), line.checkpoint) for line in reversed(self.lines)]

    @cached_property
    def drawn(self) -> str:
        """All as a table."""
        return table(self.lines)


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the components of the tab."""
    points = project.history.points
    shown = bool(points)
    return {
        "history": {"value": project.history.drawn},
        "checkpoint": {"choices": points, "value": None, "visible": shown},
        "compared_with": {
            "choices": points,
            "value": points[0][1] if shown else None,
            "visible": shown,
        },
        "revert": {"visible": shown, "interactive": not project.busy},
        "compare": {"visible": shown},
        "compared": {"value": ""},
        "no_history": {"visible": not shown},
    }


def branches(lines: Sequence[HistoryLine]) -> dict[str, str]:
    """Checkpoint -> its branch: the current one, or a number for each that was left.

    Args:
        lines: every checkpoint, oldest first.
    """
    found: dict[str, str] = {}
    continued: set[str] = set()
    for line in lines:
        before = found.get(line.parent or "", CURRENT)
        if line.on_head:
            found[line.checkpoint] = CURRENT
        elif before == CURRENT or line.parent in continued:
            left = {name for name in found.values() if name != CURRENT}
            found[line.checkpoint] = f"left {len(left) + 1}"
        else:
            found[line.checkpoint] = before
        if not line.on_head and line.parent:
            continued.add(line.parent)
    return found


def table(lines: Sequence[HistoryLine]) -> str:
    """Every checkpoint, the newest first; a column for the branch where there are several."""
    known = branches(lines)
    several = len(set(known.values())) > 1
    headers = [*HEADERS[:1], "Branch", *HEADERS[1:]] if several else HEADERS
    rows = []
    for line in reversed(lines):
        row = _row(line)
        rows.append([row[0], _lane(known[line.checkpoint]), *row[1:]] if several else row)
    return tables.sortable((headers, rows), "Every step, the newest first", numeric=("Step",))


def _row(line: HistoryLine) -> list[str]:
    return [
        f"{line.step} {plain(line.episode)}",
        one_line(line.who),
        one_line(line.what or line.node),
        cost(line),
        line.at[5:16].replace("T", " "),
    ]


def _lane(branch: str) -> str:
    return f"{'●' if branch == CURRENT else '○'} {branch}"


def cost(line: HistoryLine) -> str:
    """Answers of the person and training time; nothing where it took neither."""
    answers = f"{line.cost} answer{'s' if line.cost != 1 else ''}" if line.cost else ""
    trained = duration(line.seconds) if line.seconds >= 1 else ""
    return ", ".join(part for part in (answers, trained) if part) or "–"


def compared(found: Sequence[Difference]) -> str:
    """What differs between two checkpoints as a table."""
    if not found:
        return "<p>Nothing differs between these two points.</p>"
    rows = [[one.what, one_line(one.before), one_line(one.after)] for one in found]
    return tables.sortable((["What", "There", "Here"], rows), "What differs between two points")


def refused(sentence: str) -> str:
    """Why two points cannot be compared."""
    return f"<p>{tag(sentence)}</p>"
