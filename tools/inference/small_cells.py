"""Which levels must not be counted openly, so that no count under ten can be worked out."""

from __future__ import annotations

import numpy as np

from synthcraft.tools.inference.agreement import Booleans
from synthcraft.tools.metrics.columns import Ints

MIN_CELL = 10


def hidden_levels(counts: Ints) -> Booleans:
    """Levels to hide in a table of levels x parts, where totals of parts and levels are known.

    A level goes as a whole, so that sums over parts tell nothing. Then the next smallest ones
    join, until at least two are hidden and each part holds none or ten of what is hidden: from
    the published totals no hidden count can be derived. Source: evaluation P1, 5.5.
    """
    everything = np.column_stack([counts, counts.sum(axis=1)])
    hidden: Booleans = ((everything > 0) & (everything < MIN_CELL)).any(axis=1)
    for level in np.argsort(everything[:, -1], kind="stable"):
        together = everything[hidden].sum(axis=0)
        enough = hidden.sum() > 1 and not ((together > 0) & (together < MIN_CELL)).any()
        if not hidden.any() or enough:
            break
        if everything[level, -1]:
            hidden[level] = True
    return hidden


def merged(labels: list[str], counts: Ints, more: Ints, name: str) -> tuple[list[str], Ints, Ints]:
    """Labels, counts and further counts with all hidden levels as one last level."""
    hidden = hidden_levels(counts)
    if not hidden.any():
        return labels, counts, more
    shown = [text for text, gone in zip(labels, hidden, strict=True) if not gone]
    both = [np.vstack([c[~hidden], c[hidden].sum(axis=0)]) for c in (counts, more)]
    return [*shown, name], both[0], both[1]
