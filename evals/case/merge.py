"""Tables of one analysis that was done engine by engine, as the one table that they are."""

from __future__ import annotations

from collections.abc import Iterable

from synthcraft.tools.report.printed import Printed


def merged(tables: Iterable[Printed]) -> list[Printed]:
    """Tables of one name become one, in the order in which names first occur."""
    found: dict[str, Printed] = {}
    for table in tables:
        before = found.get(table.name)
        found[table.name] = table if before is None else _joined(before, table)
    return list(found.values())


def _joined(one: Printed, other: Printed) -> Printed:
    """Under one header the lines of both; else the same lines with the columns of both.

    What both have, such as the line or column of the real rows, is taken once.
    """
    if one.header == other.header:
        return one.model_copy(update={"rows": tuple(dict.fromkeys((*one.rows, *other.rows)))})
    new = [i for i, name in enumerate(other.header) if name not in one.header]
    more = {row[0]: tuple(row[i] for i in new) for row in other.rows}
    none = ("–",) * len(new)
    header = (*one.header, *(other.header[i] for i in new))
    rows = tuple((*row, *more.get(row[0], none)) for row in one.rows)
    return one.model_copy(update={"header": header, "rows": rows})
