"""Every column as codes of a finite domain: declared where there is a codebook, else from the data.

For engines whose guarantee covers the codes only: what a declared column can hold does not depend
on any row. Missing values are a code of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthcraft.tools.generators.binning import even_edges, inside, interval_of
from synthcraft.tools.generators.encoding import EncodedTable, Levels, Number

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Intervals of a number, and a code after the last where it may be missing."""

    code: str
    indicator: str
    edges: NDArray[np.float64]

    @property
    def size(self) -> int:
        """How many codes."""
        return len(self.edges) - 1 + bool(self.indicator)

    @classmethod
    def of(cls, column: Number, frame: pd.DataFrame, bins: int) -> Grid:
        """Equally wide intervals of a declared number, else intervals of equally many rows."""
        if column.column.bounded:
            half = 0.5 if column.column.dtype == "Int64" else 0.0
            edges = np.linspace(column.low - half, column.high + half, bins + 1)
        else:
            values = frame[column.code].to_numpy(dtype=float)
            edges = even_edges(values, bins)
        return cls(column.code, column.indicator, edges)

    def encode(self, frame: pd.DataFrame) -> Codes:
        """Numbers to codes."""
        values = frame[self.code].to_numpy(dtype=float)
        codes = interval_of(values, self.edges)
        if self.indicator:
            codes[frame[self.indicator].to_numpy() >= 0.5] = self.size - 1
        return codes

    def decode(self, codes: Codes, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """Codes to numbers drawn evenly inside the interval."""
        made = {self.code: inside(codes, self.edges, rng)}
        if self.indicator:
            made[self.indicator] = (codes == self.size - 1).astype(float)
        return made


@dataclass(frozen=True)
class Labels:
    """Codes that are codes already."""

    code: str
    size: int

    def encode(self, frame: pd.DataFrame) -> Codes:
        """As they are."""
        return frame[self.code].to_numpy(dtype="int64")

    def decode(self, codes: Codes, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
        """As they are."""
        return {self.code: codes.astype(float)}


@dataclass(frozen=True)
class Coding:
    """The columns of an encoded table as codes, and back."""

    parts: tuple[Grid | Labels, ...]
    from_data: tuple[str, ...]
    """Columns whose domain was read from the rows."""

    @classmethod
    def of(cls, table: EncodedTable, bins: int) -> Coding:
        """Codes for every column that varies."""
        parts: list[Grid | Labels] = []
        for column in table.columns:
            if isinstance(column, Number):
                parts.append(Grid.of(column, table.frame, bins))
            elif isinstance(column, Levels):
                parts.append(Labels(column.code, len(column.values)))
        undeclared = (c.column.name for c in table.columns if not c.column.bounded)
        return cls(tuple(parts), tuple(undeclared))

    def encode(self, frame: pd.DataFrame) -> Codes:
        """Rows x columns."""
        return np.column_stack([part.encode(frame) for part in self.parts])

    def decode(self, codes: Codes, rng: np.random.Generator) -> pd.DataFrame:
        """The columns of the encoded table."""
        made: dict[str, NDArray[np.float64]] = {}
        for position, part in enumerate(self.parts):
            made |= part.decode(codes[:, position], rng)
        return pd.DataFrame(made)
