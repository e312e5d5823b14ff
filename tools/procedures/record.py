"""What `synthcraft analyse` prints and writes: scripts depend on it, fields are only added."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.tools.inference.table import PAPER_STAMP, Mode
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.report.figure import Picture, address, file_part
from synthcraft.tools.report.printed import Printed


class Drawn(BaseModel):
    """A figure that was drawn where the rows are, with the table behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    svg: str = Field(exclude=True)
    alt: str
    caption: str
    csv: str = Field(exclude=True)

    @classmethod
    def of(cls, picture: Picture) -> Drawn:
        """The figure drawn: from here on it is text, and needs no rows and no library."""
        return cls(
            name=picture.name,
            svg=picture.svg,
            alt=picture.alt,
            caption=picture.caption,
            csv=picture.csv,
        )

    @property
    def uri(self) -> str:
        """The figure as an address that holds the figure itself."""
        return address(self.svg)

    @property
    def file(self) -> str:
        """Where its table is written, relative to the report."""
        return f"figures/{file_part(self.name)}.csv"


class Analysis(BaseModel):
    """The whole of `results.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: int = Field(default=1, alias="schema")
    created: str
    procedure: str
    title: str
    mode: Mode
    stamp: str = ""
    real: dict[str, Any]
    synthetic: dict[str, list[str]]
    """Name -> SHA-256 of each of its files."""
    generators: tuple[str, ...] = ()
    seed: int
    asked: dict[str, Any]
    notes: tuple[str, ...] = ()
    tables: tuple[Printed, ...] = ()
    figures: tuple[Drawn, ...] = ()
    facts: tuple[Fact, ...] = ()
    """Numbers of the tables, for scripts."""

    def payload(self) -> dict[str, Any]:
        """Plain JSON values under the names of the schema; figures by their files."""
        whole = self.model_dump(mode="json", by_alias=True)
        for figure, each in zip(self.figures, whole["figures"], strict=True):
            each["table"] = figure.file
        return whole


def stamp_of(mode: Mode) -> str:
    """What stands on every page of the paper's way."""
    return PAPER_STAMP if mode == "paper" else ""
