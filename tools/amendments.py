"""Changes of an evaluation plan after results exist: allowed, dated, and never hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

HARMLESS = frozenset({"tier"})
"""More or less measuring alone moves no limit."""


class Amendment(BaseModel):
    """One change that was made in knowledge of results."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    """UTC time, ISO 8601."""
    fields: tuple[str, ...]
    """Fields of the plan that changed."""
    actor: str = ""
    before: str = ""
    after: str = ""
    """Digests of the plan."""
    post_hoc: bool = True

    @property
    def moves_limits(self) -> bool:
        """Whether the change could have been made to suit the results."""
        return not set(self.fields) <= HARMLESS

    def sentence(self) -> str:
        """The amendment in words."""
        by = f" by {self.actor}" if self.actor else ""
        changed = ", ".join(self.fields)
        return f"Post hoc, {self.at[:16]}{by}: {changed} changed after results existed."


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Fields that differ between two plans of different digests, signatures left aside.

    Where none does, a default limit of another version of SynthCraft does.
    """
    names = {*before, *after} - {"signed_by"}
    return tuple(sorted(n for n in names if before.get(n) != after.get(n))) or ("limits",)


def concerns(amendments: Sequence[Amendment]) -> tuple[str, ...]:
    """What a person has to weigh: changes that could suit the results."""
    return tuple(a.sentence() for a in amendments if a.moves_limits)
