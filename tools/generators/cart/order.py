"""In which order the columns are visited, and which encoded columns make up each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthcraft.graph.errors import JobError
from synthcraft.tools.generators.encoding import Constant, EncodedTable, Levels, Number

Part = Levels | Number


def visits(table: EncodedTable, params: Mapping[str, Any]) -> list[Part]:
    """The columns to model: the strata and `first` at the front, `last` at the end.

    Between them by `order`: as given; by levels, fewest first and numbers after all levels; or by
    missing values, fewest first. Ties stay as given.

    Raises:
        JobError: a named column is not modelled.
    """
    parts = [part for part in table.columns if isinstance(part, Levels | Number)]
    for key in ("strata", "first", "last"):
        part_named(parts, params[key])

    def place(part: Part) -> tuple[int, float]:
        name = part.column.name
        fixed = 1 if name == params["first"] else 3 if name == params["last"] else 2
        return (0 if name == params["strata"] else fixed), _rank(part, table, params["order"])

    return sorted(parts, key=place)


def is_straight(part: Part) -> bool:
    """Whether equal steps of the column may mean equal steps of another."""
    return isinstance(part, Number) or len(part.values) == 2


def part_named(parts: Sequence[Part | Constant], name: str) -> Part | Constant | None:
    """The column of that name; None where no name is given.

    Raises:
        JobError: there is no such column to model.
    """
    if not name:
        return None
    for part in parts:
        if part.column.name == name:
            return part
    raise JobError(
        f"Sequential CART cannot begin or end with {name[:60]!r}: it is not a modelled column.",
        "Name a column of the table that takes more than one value.",
    )


def _rank(part: Part, table: EncodedTable, order: str) -> float:
    if order == "given":
        return 0.0
    if order == "levels":
        return float(table.codes.get(part.code, len(table.frame) + 1))
    if isinstance(part, Number):
        return float(table.frame[part.indicator].sum()) if part.indicator else 0.0
    codes = table.frame[part.code]
    return float((codes == len(part.values) - 1).sum()) if part.values[-1] is None else 0.0
