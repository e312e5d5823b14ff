"""Numbers as intervals, for engines that need a finite domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bins:
    """Edges of the intervals of each numeric column; column names are the encoded ones."""

    edges: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(cls, frame: pd.DataFrame, codes: Mapping[str, int], count: int) -> Bins:
        """Intervals with about equally many rows; none of them empty."""
        shares = np.linspace(0, 1, count + 1)
        return cls(
            {
                name: np.unique(np.quantile(frame[name].to_numpy(), shares))
                for name in map(str, frame.columns)
                if name not in codes
            }
        )

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Numbers to consecutive interval codes."""
        out = frame.copy()
        for name, edges in self.edges.items():
            found = np.searchsorted(edges[1:-1], frame[name].to_numpy(), side="right")
            # Every code must occur: the engines count the distinct ones.
            out[name] = np.unique(found, return_inverse=True)[1].astype("int64")
        return out

    def decode(self, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Interval codes to numbers drawn evenly inside the interval."""
        out = frame.copy()
        for name, edges in self.edges.items():
            at = np.clip(frame[name].to_numpy().astype(int), 0, len(edges) - 2)
            out[name] = edges[at] + rng.random(len(out)) * (edges[at + 1] - edges[at])
        return out
