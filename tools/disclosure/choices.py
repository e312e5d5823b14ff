"""What can be named at an open card: the card's kind, columns under their aliases, generators."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.released import Released, seal

MOST_COLUMNS = 80


class Choices(BaseModel):
    """Names for a model to use in its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: str | None = None
    columns: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()

    def text(self) -> str:
        """The names as they leave."""
        columns = ", ".join(self.columns[:MOST_COLUMNS]) or "none yet"
        card = f"Open card: {self.gate}." if self.gate else "No card is open."
        return f"{card}\nColumns: {columns}.\nGenerators: {', '.join(self.generators)}."


def choices(gate: str | None, generators: Sequence[str], known: Aliases) -> Released[Choices]:
    """The names that exist; those of the table under their aliases."""
    ours = re.compile(r"[a-z][a-z0-9_]{0,40}")
    return seal(
        Choices(
            gate=gate if gate and ours.fullmatch(gate) else None,
            columns=tuple(known.names.values()),
            generators=tuple(name for name in generators if ours.fullmatch(name)),
        ),
        "gate",
    )
