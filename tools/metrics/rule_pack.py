"""Rules about what one row can hold, read from the `rules_*.toml` beside this module."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from synthcraft.tools.metrics.columns import factorised, is_number, numbers
from synthcraft.tools.table_schema import Column

Bools = NDArray[np.bool_]
Places = Mapping[str, Column]
"""What a column is -> the table's column."""


class Ordered(BaseModel):
    """The values of a row do not fall along `order`: names of things, or numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    order: tuple[str | float, ...]
    strictly: bool = False

    def applies(self, here: Places) -> bool:
        """Whether two of its parts, and not only numbers, can be compared."""
        columns = [p for p in self.order if isinstance(p, str) and p in here]
        fixed = [p for p in self.order if not isinstance(p, str)]
        numeric = all(is_number(here[name]) for name in columns)
        return bool(columns) and numeric and len(columns) + len(fixed) > 1

    def broken(self, frame: pd.DataFrame, here: Places) -> Bools:
        """Rows in which a value lies below one that must come before it."""
        highest = np.full(len(frame), -np.inf)
        found = np.zeros(len(frame), dtype=bool)
        for part in self.order:
            if isinstance(part, str) and part not in here:
                continue
            fixed = not isinstance(part, str)
            value = np.full(len(frame), part) if fixed else numbers(frame[here[str(part)].name])
            found |= value <= highest if self.strictly else value < highest
            highest = np.fmax(highest, value)
        return found


class Excluded(BaseModel):
    """No row has one of the values of every one of these things."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    values: dict[str, tuple[str, ...]]

    def applies(self, here: Places) -> bool:
        """Whether the table has all of the columns."""
        return all(name in here for name in self.values)

    def broken(self, frame: pd.DataFrame, here: Places) -> Bools:
        """Rows that hold all of it, in any case of letters."""
        found = np.ones(len(frame), dtype=bool)
        for name, values in self.values.items():
            codes, labels = factorised(frame[here[name].name])
            found &= np.array([*(text.lower() in values for text in labels), False])[codes]
        return found


class RulePack(BaseModel):
    """The rules of one domain, and the names that its columns go by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, tuple[str, ...]]
    ordered: tuple[Ordered, ...] = ()
    excluded: tuple[Excluded, ...] = ()

    @property
    def rules(self) -> tuple[Ordered | Excluded, ...]:
        """All rules, whatever their form."""
        return (*self.ordered, *self.excluded)

    def places(self, columns: Iterable[Column]) -> dict[str, Column]:
        """What is there of what the rules speak of; the first column of a name counts."""
        plain = {re.sub(r"[^a-z0-9]", "", c.name.lower()): c for c in reversed(list(columns))}
        found = {
            what: [plain[name] for name in names if name in plain]
            for what, names in self.columns.items()
        }
        return {what: columns[0] for what, columns in found.items() if columns}


@cache
def packs() -> tuple[RulePack, ...]:
    """Every pack that is shipped."""
    folder = resources.files("synthcraft.tools.metrics")
    files = sorted(f.name for f in folder.iterdir() if re.fullmatch(r"rules_\w+\.toml", f.name))
    return tuple(
        RulePack.model_validate(tomllib.loads((folder / name).read_text(encoding="utf-8")))
        for name in files
    )
