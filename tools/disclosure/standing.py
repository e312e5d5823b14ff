"""How far an episode has come, in names of ours: what a model may be asked a second opinion on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.disclosure.released import Released, seal

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class Standing(BaseModel):
    """Steps that were done, and what a result of this episode can cover."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    episode: str
    use_case: str
    done: tuple[str, ...]
    covered: tuple[str, ...]
    open: tuple[str, ...]

    def text(self) -> str:
        """The lines as they leave."""
        return (
            f"Episode: {self.episode}. The data are for: {self.use_case}.\n"
            f"Done: {_listed(self.done)}.\n"
            f"Covered: {_listed(self.covered)}.\n"
            f"Not covered: {_listed(self.open)}."
        )


def standing(
    episode: str,
    use_case: str,
    done: Iterable[str],
    aspects: Iterable[str],
    covered: Iterable[str],
) -> Released[Standing]:
    """What may leave of an episode; a name that is not one of ours is left out."""
    known = _ours(aspects)
    met = frozenset(covered)
    return seal(
        Standing(
            episode=next(iter(_ours([episode])), "none"),
            use_case=next(iter(_ours([use_case])), "none"),
            done=_ours(done),
            covered=tuple(name for name in known if name in met),
            open=tuple(name for name in known if name not in met),
        ),
        "result",
    )


def _ours(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if _NAME.fullmatch(name))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"
