"""A codebook beside a table: what agrees, what does not, and the schema with its domains."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from synthcraft.tools.codebook import Codebook, CodebookEntry
from synthcraft.tools.codebook_text import Bounds
from synthcraft.tools.disclosure.aliases import odd
from synthcraft.tools.disclosure.rounding import in_words
from synthcraft.tools.raw_table import quoted
from synthcraft.tools.repair import out_of_range
from synthcraft.tools.table_schema import Column, TableSchema

if TYPE_CHECKING:
    import pandas as pd

_MEASURED = ("numeric", "integer", "date")
_LABELLED = ("binary", "category", "integer")


class Matched(BaseModel):
    """One described column of the table.

    Attributes:
        entry: what the codebook says.
        column: its schema; with the declared domain where that can be used.
        remark: why the domain is not used, or that real values lie outside of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: CodebookEntry
    column: Column
    remark: str = ""


class Match(BaseModel):
    """A codebook beside a table; values are counted, never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codebook: Codebook
    matched: tuple[Matched, ...]
    unknown: tuple[str, ...] = ()
    """Described, and not in the table."""
    undescribed: tuple[str, ...] = ()
    """In the table, and not described."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before they confirm it."""
        domains = sum(m.column.declared for m in self.matched)
        total = len(self.matched) + len(self.undescribed)
        told = [
            f"{self.codebook.file} describes {len(self.matched)} of {total} columns and "
            f"declares the domain of {domains}."
        ]
        if self.unknown:
            told.append(f"Described, but not in the table: {quoted(self.unknown)}.")
        if self.undescribed:
            told.append(f"In the table, but not described: {quoted(self.undescribed)}.")
        strange = [m.entry.name for m in self.matched if _strange(m.entry)]
        if strange:
            told.append(
                "These descriptions read like instructions or hold markup; they are shown as "
                f"text and do nothing: {quoted(strange)}."
            )
        return (*told, *self.codebook.notes)

    def declared(self, schema: TableSchema) -> TableSchema:
        """The schema with every declared domain."""
        declared = {m.column.name: m.column for m in self.matched}
        return TableSchema(columns=tuple(declared.get(c.name, c) for c in schema.columns))


def match(codebook: Codebook, frame: pd.DataFrame, schema: TableSchema) -> Match:
    """Hold a codebook against a table in canonical form."""
    names = _names(codebook, schema)
    matched = []
    for name in schema.names:
        if name in names:
            entry = names[name].model_copy(update={"name": name})
            column, remark = _declared(schema[name], entry, frame[name])
            matched.append(Matched(entry=entry, column=column, remark=remark))
    used = {entry.name for entry in names.values()}
    return Match(
        codebook=codebook,
        matched=tuple(matched),
        unknown=tuple(e.name for e in codebook.entries if e.name not in used),
        undescribed=tuple(name for name in schema.names if name not in names),
    )


def _names(codebook: Codebook, schema: TableSchema) -> dict[str, CodebookEntry]:
    """Column -> entry: the same name, else the only one that differs in capitals or spaces."""
    exact = {entry.name: entry for entry in codebook.entries}
    loose: dict[str, list[CodebookEntry]] = {}
    for entry in codebook.entries:
        loose.setdefault(_key(entry.name), []).append(entry)
    found = {name: exact[name] for name in schema.names if name in exact}
    taken = set(found)
    for name in schema.names:
        near = [entry for entry in loose.get(_key(name), []) if entry.name not in taken]
        if name not in found and len(near) == 1:
            found[name] = near[0]
            taken.add(near[0].name)
    return found


def _key(name: str) -> str:
    return "".join(name.casefold().split())


def _strange(entry: CodebookEntry) -> bool:
    texts = (entry.name, entry.meaning, entry.unit, *(entry.codes or {}).values())
    return any(odd(text) for text in texts if text)


def _declared(column: Column, entry: CodebookEntry, values: pd.Series[Any]) -> tuple[Column, str]:
    """The column with its declared domain, and what has to be said about it."""
    present = values.dropna()
    said = column, ""
    if entry.codes is not None:
        said = _with_codes(column, entry.codes, present)
    if entry.bounds is not None and not said[0].declared:
        said = _with_range(column, entry.bounds, present)
    return said


def _with_codes(
    column: Column, codes: Mapping[str, str], present: pd.Series[Any]
) -> tuple[Column, str]:
    if column.kind not in _LABELLED:
        return column, f"The codes are not used: this column is of the kind {column.kind}."
    spelt = [list(codes), list(codes.values())]  # SPSS and Stata files hold the labels
    options = [levels for texts in spelt if (levels := _levels(texts, column.dtype))]
    outside = [int((~present.isin(levels)).sum()) for levels in options]
    if not options or min(outside) > 0:
        if not options:
            return column, "The codes are not used: they are of another kind than the values."
        return column, f"The codes are not used: {in_words(min(outside))} other values."
    levels = options[outside.index(0)]
    if column.kind == "binary" and len(levels) != 2:
        return column, "The codes are not used: only two of them occur."
    kind = "category" if column.kind == "integer" else column.kind
    domain = {"categories": tuple(sorted(levels)), "low": None, "high": None, "decimals": None}
    return column.model_copy(update={**domain, "kind": kind, "declared": True}), ""


def _levels(texts: list[str], dtype: str) -> list[Any]:
    """The codes as the column's own values; nothing where one cannot be."""
    truths = {"true": True, "1": True, "false": False, "0": False}
    readers: dict[str, Any] = {
        "Int64": lambda text: int(text) if float(text).is_integer() and "." not in text else None,
        "float64": float,
        "string": str,
        "boolean": lambda text: truths[text.casefold()],
    }
    try:
        levels = [readers[dtype](text) for text in texts]
    except (KeyError, ValueError):
        return []
    return levels if None not in levels and len(set(levels)) == len(levels) > 0 else []


def _with_range(column: Column, bounds: Bounds, present: pd.Series[Any]) -> tuple[Column, str]:
    dated = column.kind == "date"
    ends = [end for end in (bounds.low, bounds.high) if end is not None]
    numbers = column.kind in _MEASURED or column.dtype in ("Int64", "float64")
    if not numbers or any(isinstance(end, str) != dated for end in ends):
        return column, f"The range is not used: this column is of the kind {column.kind}."
    low, high = _closed(bounds, column)
    ranged = column.model_copy(update={"low": low, "high": high})
    outside = out_of_range(present, ranged)
    remark = f"{in_words(outside)} real values outside the range." if outside else ""
    if column.kind not in _MEASURED:
        # Levels stay the levels that were found; a range of codes adds none.
        return column, remark
    return ranged.model_copy(update={"declared": True}), remark


def _closed(bounds: Bounds, column: Column) -> tuple[Any, Any]:
    """Ends that belong to the range: the nearest value that the column can show."""
    step = 1.0 if column.dtype == "Int64" else 10.0 ** -(column.decimals or 0)
    exact = column.dtype != "Int64" and column.decimals is None

    def moved(end: Any, towards: float) -> Any:
        if isinstance(end, str) or end is None:
            return end
        if exact:
            return float(np.nextafter(end, math.copysign(math.inf, towards)))
        if column.dtype == "Int64" and not float(end).is_integer():
            return end
        return round(end + towards * step, 10)

    low = moved(bounds.low, 1) if bounds.low_open else bounds.low
    high = moved(bounds.high, -1) if bounds.high_open else bounds.high
    return _own(low, column, math.ceil), _own(high, column, math.floor)


def _own(end: Any, column: Column, whole: Callable[[float], int]) -> Any:
    """The end as the schema writes it: dates in full, whole numbers whole."""
    import pandas as pd

    if isinstance(end, str):
        return pd.Timestamp(end).isoformat()
    return float(whole(end)) if column.dtype == "Int64" and end is not None else end
