"""A number of an analysis as a number, for what reads on: tables hold the same as text."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """One number with its 95 % interval; None where too few people stand behind it.

    Attributes:
        name: what was measured.
        about: the real rows, or the name of synthetic ones.
        group: the group of people; empty for everybody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    group: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
