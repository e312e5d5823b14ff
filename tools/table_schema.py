"""What a table's columns are, so that the synthetic side can be restored to it exactly."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["numeric", "integer", "binary", "category", "date", "identifier", "text", "constant"]


class Column(BaseModel):
    """One column as it was found in the real table.

    `categories` hold the values as they stand in the canonical frame: strings for `category`,
    any two values for `binary`. `low` and `high` bound `numeric`, `integer` and `date` columns
    (dates as ISO 8601 text); they come from a codebook where there is one, else from the data.
    A codebook may leave one of them open: it is None then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    dtype: str
    """pandas dtype of the canonical frame: Int64, float64, string, boolean, datetime64[ns]."""
    decimals: int | None = None
    categories: tuple[str | int | float | bool, ...] = ()
    low: float | str | None = None
    high: float | str | None = None
    nullable: bool = False
    date_format: str | None = None
    declared: bool = False
    """True where the domain comes from a codebook and not from the data."""

    @property
    def bounded(self) -> bool:
        """Whether its whole domain is declared: its levels, or a number's both ends."""
        return self.declared and (bool(self.categories) or None not in (self.low, self.high))


class TableSchema(BaseModel):
    """The columns in their order; one schema serves the real and the synthetic table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in table order."""
        return tuple(column.name for column in self.columns)

    def only(self, names: tuple[str, ...]) -> TableSchema:
        """The schema of some of the columns, in table order."""
        return TableSchema(columns=tuple(c for c in self.columns if c.name in names))
