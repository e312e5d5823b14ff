"""The halves of all people on which an attacker trains generators of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.folds import Ints

if TYPE_CHECKING:
    import pandas as pd

Bools = NDArray[np.bool_]
SHADOWS = 32
"""Generators that are trained; even, for they come in pairs."""
_PERSON, _HALF = "person", "half_"


@dataclass(frozen=True)
class Halves:
    """Who was in which half.

    Attributes:
        inside: halves x real rows, the training rows first, then the holdout.
        people: a number for the person of each row.
    """

    inside: Bools
    people: Ints

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each real row, as a table that can be stored."""
        import pandas as pd

        columns = {f"{_HALF}{i}": row for i, row in enumerate(self.inside)}
        return pd.DataFrame({_PERSON: self.people, **columns})

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Halves:
        """From the stored table."""
        names = [f"{_HALF}{i}" for i in range(frame.shape[1] - 1)]
        return cls(frame[names].to_numpy(dtype=bool).T, frame[_PERSON].to_numpy(dtype=np.int64))


@dataclass(frozen=True)
class Shadows:
    """What generators made of each half: `tables[i]` of the rows in `halves.inside[i]`."""

    halves: Halves
    tables: tuple[pd.DataFrame, ...]
    trained: str = ""
    """Which generator was trained, in a sentence."""


def draw_halves(people: Ints, count: int, rng: np.random.Generator) -> Halves:
    """Random halves of the people; rows of one person are never parted.

    Every second half is what the one before it leaves, so that everyone is inside as often as
    outside.
    """
    _, person = np.unique(people, return_inverse=True)
    size = int(person.max()) + 1
    inside = np.zeros((count, size), dtype=bool)
    for first in range(0, count, 2):
        inside[first, rng.permutation(size)[: size // 2]] = True
        inside[first + 1 : first + 2] = ~inside[first]
    return Halves(inside[:, person], people)


def tables_of(train: pd.DataFrame, holdout: pd.DataFrame, halves: Halves) -> Iterator[pd.DataFrame]:
    """The rows of each half."""
    import pandas as pd

    everyone = pd.concat([train, holdout], ignore_index=True)
    return (everyone[half].reset_index(drop=True) for half in halves.inside)
