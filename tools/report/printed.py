"""A table of an analysis as it is printed, and the same table as a file."""

from __future__ import annotations

import csv
import io

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.inference.table import Table
from synthcraft.tools.report.figure import file_part


class Printed(BaseModel):
    """Text cells under a header; the stamp, where there is one, is in every copy of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    stamp: str = ""

    @property
    def file(self) -> str:
        """Where it is written, relative to the report."""
        return f"tables/{file_part(self.name)}.csv"

    @property
    def csv(self) -> str:
        """Its cells; a stamp is a column, so that no line is read without it."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        last = (self.stamp,) if self.stamp else ()
        writer.writerow((*self.header, *(("Stamp",) if self.stamp else ())))
        writer.writerows((*row, *last) for row in self.rows)
        return text.getvalue()


def printed(name: str, table: Table, about: str = "") -> Printed:
    """A table under a name, and of which synthetic file it speaks."""
    return Printed(
        name=f"{name}_{about}" if about else name,
        title=f"{table.title}: {about}" if about else table.title,
        header=table.header,
        rows=table.rows,
        notes=table.notes,
        stamp=table.stamp,
    )
