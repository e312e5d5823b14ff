"""Which levels must not be counted openly, so that no count under ten can be worked out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthcraft.tools.disclosure.rounding import MIN_CELL

Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def hidden_levels(counts: Ints, least: int = MIN_CELL) -> Booleans:
    """Levels to hide in a table of levels x parts (x groups ...), where all totals are known.

    A level goes as a whole, so that sums over parts tell nothing. Then the next smallest ones
    join, until at least two are hidden and each part holds none or `least` of what is hidden:
    from the published totals no hidden count can be derived. Source: evaluation P1, 5.5.
    """
    parts = counts.reshape(len(counts), -1)
    everything = np.column_stack([parts, *_margins(counts)])
    hidden: Booleans = ((everything > 0) & (everything < least)).any(axis=1)
    for level in np.argsort(everything[:, -1], kind="stable"):
        together = everything[hidden].sum(axis=0)
        enough = hidden.sum() > 1 and not ((together > 0) & (together < least)).any()
        if not hidden.any() or enough:
            break
        if everything[level, -1]:
            hidden[level] = True
    return hidden


def _margins(counts: Ints) -> list[Ints]:
    """Sums within a level over each further axis, and over all of them."""
    inner = range(1, counts.ndim)
    some = [counts.sum(axis=axis).reshape(len(counts), -1) for axis in inner if counts.ndim > 2]
    return [*some, counts.sum(axis=tuple(inner))]


def merged(
    labels: list[str], counts: Ints, more: Ints, name: str, least: int = MIN_CELL
) -> tuple[list[str], Ints, Ints]:
    """Labels, counts and further counts with all hidden levels as one last level."""
    hidden = hidden_levels(counts, least)
    if not hidden.any():
        return labels, counts, more
    shown = [text for text, gone in zip(labels, hidden, strict=True) if not gone]
    both = [np.vstack([c[~hidden], c[hidden].sum(axis=0)]) for c in (counts, more)]
    return [*shown, name], both[0], both[1]
