"""Values that may leave. Only this package makes them, and a test keeps it so."""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import Generic, Literal, TypeVar

from synthcraft.graph.errors import GuardError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Kind = Literal["card", "result", "gate", "report", "log", "page"]
_SEAL = object()


@dataclass(frozen=True)
class Released(Generic[T_co]):
    """A value that passed output control, and where it may go: a file, a page, part of a prompt."""

    value: T_co
    kind: Kind
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _SEAL:
            raise GuardError(
                "Only output control may release a value.",
                "Add a function to tools/disclosure that applies its rules.",
            )


def seal(value: T, kind: Kind) -> Released[T]:
    """Mark a value as released; for the modules of this package alone."""
    return Released(value, kind, _SEAL)
