"""Rows drawn once and looked at under several conditions that no row meets twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from synthcraft.tools.generators.base import Fitted
from synthcraft.tools.generators.encoding import keyed_rng


@dataclass
class SharedDraws:
    """A growing pile of rows of one trained generator.

    An engine that cannot be steered draws the same kind of row whatever the condition is. Where
    groups exclude each other, what one of them rejects is as good as a fresh row for the next.
    """

    fitted: Fitted
    seed: int
    _pile: pd.DataFrame = field(default_factory=pd.DataFrame)

    def reader(self) -> Fitted:
        """The pile from its first row on."""
        return _Reader(self)

    def rows(self, start: int, n: int) -> pd.DataFrame:
        """Rows from a place on; what is not there yet is drawn."""
        held = len(self._pile)
        if (missing := start + n - held) > 0:
            turn = keyed_rng(self.seed, "shared", str(held))
            more = self.fitted.sample(missing, None, int(turn.integers(2**31)))
            self._pile = pd.concat([self._pile, more], ignore_index=True) if held else more
        return self._pile.iloc[start : start + n].reset_index(drop=True)


@dataclass
class _Reader:
    pile: SharedDraws
    place: int = 0

    def sample(self, n: int, where: Mapping[str, Any] | None, seed: int) -> pd.DataFrame:
        """The next rows of the pile; its own seed counts, so that every reader sees the same."""
        found = self.pile.rows(self.place, n)
        self.place += len(found)
        return found
