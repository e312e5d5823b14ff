"""A named line of the report, and who has to fill it: the program or the author."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

By = Literal["tool", "person", "author"]
OPEN = "Needs author."


class Line(BaseModel):
    """What a line is about, what stands in it, and where that comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    text: str
    by: By = "tool"
    """`tool`: from the records; `person`: somebody said it; `author`: still to be said."""

    @property
    def open(self) -> bool:
        """Whether an author has to fill it."""
        return self.by == "author"


def told(label: str, text: str) -> Line:
    """A line from the records."""
    return Line(label=label, text=text)


def asked(label: str, said: str, hint: str = "") -> Line:
    """A line that only people can fill; open until they did."""
    if said:
        return Line(label=label, text=said, by="person")
    return Line(label=label, text=f"{OPEN} {hint}".strip(), by="author")
