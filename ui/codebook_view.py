"""A codebook beside a table, as rows that a person reads before they confirm it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthcraft.tools.codebook_match import Match

HEADERS = ["Column", "Meaning", "Unit", "Codes or range", "Remark"]


def rows(found: Match) -> list[list[str]]:
    """A row for each described column of the table."""
    return [
        [m.entry.name, m.entry.meaning, m.entry.unit, m.entry.domain, m.remark]
        for m in found.matched
    ]
