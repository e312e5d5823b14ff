"""Asking a language model which of a few wishes a sentence means: it chooses, it does not write."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, create_model

from synthcraft.agents.language.options import Option
from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.choices import NONE, Choices


class Picked(BaseModel):
    """A whole answer: one of the wishes, word for word, or that it is none of them."""

    model_config = ConfigDict(extra="forbid")

    means: str


def form(told: Choices) -> type[Picked]:
    """A form that has room for these wishes and nothing else."""
    room = Field(json_schema_extra={"enum": [*told.wishes, NONE]})
    return create_model("Picked", __base__=Picked, means=(str, room))


def chosen(answer: Picked | None, wishes: Sequence[Option], names: Aliases) -> Option | None:
    """The wish that was picked; None where it is none of those that were asked about."""
    said = answer.means if answer is not None else ""
    return next((wish for wish in wishes if names.leave(wish.says) == said), None)
