"""The data dictionary: what the columns are, from plan and codebook, never from a value."""

from __future__ import annotations

from synthcraft.tools.pack.facts import PackFacts
from synthcraft.tools.report.spreadsheet import as_csv

_HEADER = ("column", "kind", "type", "role", "meaning", "unit", "codes", "range", "may be missing")


def dictionary(facts: PackFacts) -> str:
    """One line a column, as CSV; domains only where the codebook declares them."""
    rows = []
    for column in facts.columns:
        entry = facts.described(column.name)
        codes = "; ".join(f"{code}={label}" for code, label in (entry.codes or {}).items())
        rows.append(
            (
                column.name,
                column.kind,
                column.dtype,
                _role(column.name, facts),
                entry.meaning,
                entry.unit,
                codes,
                entry.bounds.words if entry.bounds else "",
                "yes" if column.nullable else "no",
            )
        )
    return as_csv(_HEADER, rows)


def _role(name: str, facts: PackFacts) -> str:
    """Every part that a column plays."""
    plan = facts.plan
    parts: list[str] = [plan.roles.get(name, "feature")]
    parts += ["outcome"] if name == plan.target else []
    parts += ["time until the event"] if name == plan.time_column else []
    parts += ["sensitive"] if name in plan.sensitive else []
    parts += ["protected group"] if name in plan.protected else []
    parts += ["quasi-identifier"] if name in plan.quasi_identifiers else []
    return "; ".join(part for part in parts if part != "feature" or len(parts) == 1)
