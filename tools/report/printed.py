"""A table of an analysis as it is printed, and the same table as a file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.inference.table import Table
from synthcraft.tools.report.figure import file_part
from synthcraft.tools.report.spreadsheet import as_csv


class Printed(BaseModel):
    """Text cells under a header; the stamp, where there is one, is in every copy of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    stamp: str = ""
    real_alone: bool = False
    """Whether it speaks of real rows only, so that it is the same beside every file."""

    def of(self, about: str) -> Printed:
        """The same table under the name of what it speaks of."""
        return self.model_copy(
            update={"name": f"{self.name}_{about}", "title": f"{self.title}: {about}"}
        )

    @property
    def file(self) -> str:
        """Where it is written, relative to the report."""
        return f"tables/{file_part(self.name)}.csv"

    @property
    def csv(self) -> str:
        """Its cells; a stamp is a column, so that no line is read without it."""
        last = (self.stamp,) if self.stamp else ()
        header = (*self.header, *(("Stamp",) if self.stamp else ()))
        return as_csv(header, [(*row, *last) for row in self.rows])


def printed(name: str, table: Table, *, real_alone: bool = False) -> Printed:
    """A table under a name."""
    return Printed(
        name=name,
        title=table.title,
        header=table.header,
        rows=table.rows,
        notes=table.notes,
        stamp=table.stamp,
        real_alone=real_alone,
    )
