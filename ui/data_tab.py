"""The tab Data: where the table came from, and each column in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import InputError
from synthcraft.graph.records import KEPT_OUT, Role
from synthcraft.ui import tables
from synthcraft.ui.project import Project
from synthcraft.ui.text import md, number, plain

if TYPE_CHECKING:
    from synthcraft.agents.described import ColumnSheet
    from synthcraft.agents.sheets import Sheets
    from synthcraft.tools.profiling import ColumnDistribution

ROLES: dict[str, Role] = {
    "an ordinary column": "feature",
    "the outcome (target)": "target",
    "an identifier: kept out": "identifier",
    "free text: kept out": "free_text",
    "a date": "date",
    "left out altogether": "drop",
}
"""What a column can be, in words."""
NOTHING = "Nothing has been read yet. Add a file and press **Start**."
HOW_TO_CHANGE = (
    "*Roles are agreed at the intake. To change one now, say “go back to the intake” or choose "
    "that point under History.*"
)
SHOWN_LEVELS = 6
HEADERS = ["Column", "Kind", "Role", "Missing", "Distribution"]
MEANING = "Meaning"
"""A further header, where a codebook was confirmed."""


def part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the components of the tab."""
    sheets = project.sheets
    if sheets is None:
        return {
            "data_head": {"value": NOTHING},
            "data_table": {"value": ""},
            "role_box": {"visible": False},
            "role_note": {"value": ""},
        }
    editable = can_edit(project)
    described = any(column.meaning for column in sheets.columns)
    headers, rows = HEADERS, [row(column) for column in sheets.columns]
    if described:
        headers = [HEADERS[0], MEANING, *HEADERS[1:]]
        rows = [[r[0], c.meaning or "–", *r[1:]] for r, c in zip(rows, sheets.columns, strict=True)]
    return {
        "data_head": {"value": head(sheets)},
        "data_table": {
            "value": tables.sortable((headers, rows), "Columns of the table", numeric=("Missing",))
        },
        "role_box": {"visible": editable},
        "role_columns": {"choices": [column.name for column in sheets.columns], "value": []},
        "role": {"value": None},
        "role_note": {"value": "" if editable else HOW_TO_CHANGE},
    }


def can_edit(project: Project) -> bool:
    """Whether the intake card lies open and takes changes."""
    card = project.card
    return card is not None and card.gate == "intake" and not card.question


def head(sheets: Sheets) -> str:
    """Source, size, and what points at people."""
    source = sheets.source
    lines = [f"**{md(source.name)}** · about {source.rows:,} rows · {source.columns:,} columns"]
    out = [column.name for column in sheets.columns if column.role in KEPT_OUT]
    if out:
        lines.append(f"No generator sees: {', '.join(f'**{md(name)}**' for name in out)}.")
    lines += [md(note) for note in source.notes]
    return "\n\n".join(lines)


def row(column: ColumnSheet) -> list[str]:
    """One line of the table of columns."""
    return [
        column.name,
        plain(column.kind),
        plain(column.role),
        "few, or all but few" if column.few else missing(column.missing),
        _said(column),
    ]


def _said(column: ColumnSheet) -> str:
    parts = [f"Points at people: {column.identifies}"] if column.identifies else []
    if column.role in KEPT_OUT:
        parts.append("Kept out.")
    elif column.distribution is not None:
        parts.append(distribution(column.distribution))
    return " ".join(parts) or "not described"


def missing(per_cent: int | None) -> str:
    """How many have no value."""
    return "–" if per_cent is None else f"{per_cent} %"


def _share(of_all: float) -> str:
    return f"{of_all:.1%}".replace("%", " %")


def distribution(found: ColumnDistribution) -> str:
    """Percentiles, levels or years in words; parts with few rows behind them are not in it."""
    parts = [_numbers(found.percentiles), _levels(found), _years(found)]
    return "; ".join(part for part in parts if part) or "too few values to describe"


def _numbers(found: dict[str, float]) -> str:
    at = {name: number(value) for name, value in found.items()}
    parts = [f"median {at['p50']}"] if "p50" in at else []
    if {"p25", "p75"} <= at.keys():
        parts.append(f"half between {at['p25']} and {at['p75']}")
    if {"p5", "p95"} <= at.keys():
        parts.append(f"nine in ten between {at['p5']} and {at['p95']}")
    return ", ".join(parts)


def _levels(found: ColumnDistribution) -> str:
    shown = list(found.levels.items())[:SHOWN_LEVELS]
    rest = 1 - sum(share for _, share in shown) if len(shown) < len(found.levels) else found.other
    parts = [f"{level}: {_share(share)}" for level, share in shown]
    return ", ".join([*parts, *([f"others: {_share(rest)}"] if parts and rest > 1e-9 else [])])


def _years(found: ColumnDistribution) -> str:
    if found.years is None:
        return ""
    low, high = found.years
    odd = found.implausible_dates
    share = "few" if odd is None else _share(odd)
    strange = "" if odd == 0 else f"; {share} outside 1900 to 2100"
    return f"nine in ten between {low} and {high}{strange}"


def asked_roles(project: Project, columns: object, role: object) -> tuple[Changes, str]:
    """What a person chose on the tab, as the changes that a sentence would ask for.

    Raises:
        InputError: no column, no role, or one that does not exist.
    """
    names = [column.name for column in project.sheets.columns] if project.sheets else []
    chosen = [name for name in names if name in columns] if isinstance(columns, list) else []
    kind = ROLES.get(role) if isinstance(role, str) else None
    if not chosen:
        raise InputError("Which column should change?", "Choose one or more from the list.")
    if kind is None or not isinstance(role, str):
        raise InputError("What should it be?", "Choose a role from the list.")
    if kind == "target" and len(chosen) > 1:
        raise InputError("There is one outcome only.", "Choose a single column for it.")
    changes = (
        Changes(target=chosen[0])
        if kind == "target"
        else Changes(roles={name: kind for name in chosen})
    )
    return changes, f"Make {', '.join(chosen)} {role}."
