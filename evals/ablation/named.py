"""What a task or a command may name: a decorator enters it, each name once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from synthcraft.graph.errors import GuardError, InputError

Thing = TypeVar("Thing")


class Named(dict[str, Thing]):
    """Things of one kind, by name, in the order in which they were entered."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def enter(self, name: str) -> Callable[[Thing], Thing]:
        """Decorate what the name shall stand for."""

        def register(thing: Thing) -> Thing:
            if name in self:
                raise GuardError(f"There are two {self.kind}s named {name!r}.")
            self[name] = thing
            return thing

        return register

    def find(self, name: str) -> Thing:
        """What the name stands for.

        Raises:
            InputError: nothing.
        """
        if name not in self:
            raise InputError(
                f"There is no {self.kind} named {name!r}.", f"Choose one of: {', '.join(self)}."
            )
        return self[name]
