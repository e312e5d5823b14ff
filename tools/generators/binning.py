"""Numbers as intervals, for engines that need a finite domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Edges = NDArray[np.float64]


def even_edges(values: NDArray[Any], count: int) -> Edges:
    """Limits of intervals with about equally many rows; none of them empty."""
    edges: Edges = np.unique(np.quantile(values, np.linspace(0, 1, count + 1)))
    return edges


def interval_of(values: NDArray[Any], edges: Edges) -> NDArray[np.int64]:
    """The interval of each number; what lies outside is in the outermost."""
    return np.searchsorted(edges[1:-1], values, side="right").astype("int64")


def inside(codes: NDArray[Any], edges: Edges, rng: np.random.Generator) -> Edges:
    """A number drawn evenly inside each interval."""
    at = np.clip(codes, 0, len(edges) - 2)
    drawn: Edges = edges[at] + rng.random(len(codes)) * (edges[at + 1] - edges[at])
    return drawn


@dataclass(frozen=True)
class Bins:
    """Edges of the intervals of each numeric column; column names are the encoded ones."""

    edges: Mapping[str, Edges]

    @classmethod
    def of(cls, frame: pd.DataFrame, codes: Mapping[str, int], count: int) -> Bins:
        """Intervals with about equally many rows; none of them empty."""
        return cls(
            {
                name: even_edges(frame[name].to_numpy(), count)
                for name in map(str, frame.columns)
                if name not in codes
            }
        )

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Numbers to consecutive interval codes."""
        out = frame.copy()
        for name, edges in self.edges.items():
            found = interval_of(frame[name].to_numpy(), edges)
            # Every code must occur: the engines count the distinct ones.
            out[name] = np.unique(found, return_inverse=True)[1].astype("int64")
        return out

    def decode(self, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Interval codes to numbers drawn evenly inside the interval."""
        out = frame.copy()
        for name, edges in self.edges.items():
            out[name] = inside(frame[name].to_numpy().astype(int), edges, rng)
        return out
