"""A model's second opinion on finished work: typed, in names of ours, beside the rules' check."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from synthcraft.tools.disclosure.standing import Standing


class Opinion(BaseModel):
    """What a model would say of a result; it counts as far as earlier opinions proved right."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["pass", "gap"]
    aspects: list[str] = Field(default_factory=list, max_length=20)


def taken(opinion: Opinion | None, told: Standing) -> Opinion | None:
    """The opinion, or None where it names what is not open or does not fit itself."""
    if opinion is None or not set(opinion.aspects) <= set(told.open):
        return None
    return opinion if (opinion.verdict == "gap") == bool(opinion.aspects) else None
