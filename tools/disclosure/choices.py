"""What a message may mean at an open card: wishes in our words, columns under their aliases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.disclosure.aliases import Aliases
from synthcraft.tools.disclosure.released import Released, seal

NONE = "something else"
_PLAIN = re.compile(r"[A-Za-z0-9 _().%/:,-]{1,400}")


class Choices(BaseModel):
    """Wishes for a model to choose from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: str | None = None
    wishes: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    """What each wish stands for; empty where it says so itself."""

    def text(self) -> str:
        """The wishes as they leave."""
        card = f"Open card: {self.gate}." if self.gate else "No card is open."
        pairs = zip(self.wishes, self.means, strict=True)
        lines = [f"- {wish} ({means})" if means else f"- {wish}" for wish, means in pairs]
        return "\n".join((card, "Plain sentences:", *lines, f"- {NONE}"))


def choices(
    gate: str | None, wishes: Sequence[tuple[str, str]], known: Aliases
) -> Released[Choices]:
    """Wishes, and what they stand for; columns under their aliases, odd ones left out."""
    ours = re.compile(r"[a-z][a-z0-9_]{0,40}")
    leaving = [(known.leave(wish), means) for wish, means in wishes]
    plain = [(wish, means) for wish, means in leaving if _PLAIN.fullmatch(wish + means)]
    return seal(
        Choices(
            gate=gate if gate and ours.fullmatch(gate) else None,
            wishes=tuple(wish for wish, _ in plain),
            means=tuple(means for _, means in plain),
        ),
        "gate",
    )
