"""Folds for cross-fitting: people stay whole, and every fold has its share of the rare rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]

FOLDS = 5
FOLD = "__fold__"
"""Name of the column that tells a row's fold, in tables that carry it."""


def assign_folds(
    strata: Ints, k: int, rng: np.random.Generator, people: Ints | None = None
) -> Ints:
    """The fold of each row, 0 to k - 1.

    Args:
        strata: a number for each row; people are dealt out stratum by stratum.
        k: how many folds.
        rng: the source of the shuffle.
        people: a number for each row's person, whose rows are all in one fold; None: every row
            is a person.

    A person belongs to the stratum of their rarest row, so that people with an event are spread.
    """
    units = np.arange(len(strata)) if people is None else people
    _, persons = np.unique(units, return_inverse=True)
    order = np.argsort(np.bincount(strata)[strata], kind="stable")
    _, first = np.unique(persons[order], return_index=True)
    stratum = strata[order][first]
    shuffled = rng.permutation(len(stratum))
    dealt = shuffled[np.argsort(stratum[shuffled], kind="stable")]
    fold = np.empty(len(stratum), dtype=np.int64)
    fold[dealt] = np.arange(len(dealt)) % k
    return fold[persons]


def strata_of(*columns: pd.Series[Any]) -> Ints:
    """A number for each combination of levels; missing is a level."""
    import pandas as pd

    codes = [pd.factorize(column, use_na_sentinel=False)[0] for column in columns]
    _, numbers = np.unique(np.stack(codes), axis=1, return_inverse=True)
    return np.asarray(numbers, dtype=np.int64).ravel()


def people_of(column: pd.Series[Any]) -> Ints:
    """A number for each person; rows whose person is not known are persons of their own."""
    import pandas as pd

    codes = pd.factorize(column)[0].astype(np.int64)
    unknown = codes < 0
    codes[unknown] = codes.max(initial=-1) + 1 + np.arange(unknown.sum())
    return codes
