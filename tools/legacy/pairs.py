"""Which tables a metric is given: the file, the file cut to the twin's size, and the twin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from synthcraft.tools.legacy.panel import LegacyMetric

Place = Literal["file", "same_size", "twin"]
NO_SENSITIVE = "no sensitive column is declared; it would be the size of a cluster"
NOT_HELD = "no rows were kept away from the maker of the file"


@dataclass(frozen=True)
class Pair:
    """Rows to be scored against the real ones; `outside` only for an attack."""

    synthetic: pd.DataFrame
    outside: pd.DataFrame | None = None


@dataclass(frozen=True)
class Trio:
    """Real rows that were learnt from (T), held-back ones (H), and a synthetic table.

    Attributes:
        seen: whether the maker of the file may have seen the held-back rows.
    """

    real: pd.DataFrame
    holdout: pd.DataFrame
    synthetic: pd.DataFrame
    sensitive: tuple[str, ...] = ()
    seen: bool = False
    seed: int = 0

    @property
    def rows(self) -> int:
        """Rows on either side: synthcity cuts the larger table."""
        return min(len(self.real), len(self.synthetic))

    @cached_property
    def missing(self) -> bool:
        """Whether any cell is missing."""
        return bool(self.real.isna().any(axis=None) or self.synthetic.isna().any(axis=None))


def not_run(metric: LegacyMetric, trio: Trio, limit_s: float) -> str:
    """Why a metric is not run; empty if it is."""
    if metric.attack and (trio.seen or len(trio.holdout) < 2):
        return NOT_HELD
    if metric.needs == "sensitive" and not set(trio.sensitive) & set(trio.synthetic):
        return NO_SENSITIVE
    seconds = metric.seconds(trio.rows)
    if seconds > limit_s:
        said = f"about {round(seconds, 1):g} seconds predicted"
        return f"{said}, {limit_s:g} allowed for one comparison"
    return ""


def pairs(trio: Trio, *, attack: bool) -> dict[Place, Pair]:
    """Tables by place; no twin without held-back rows, and no cut where the sizes agree anyway.

    The twin has the columns of the file. Metrics that depend on the number of rows can be read
    only against a twin of the same size.
    An attack needs strangers: half of the held-back rows, so that its twin is the other half.
    """
    rng = np.random.default_rng([trio.seed, 1])
    held, outside = trio.holdout[[n for n in trio.holdout if n in trio.synthetic]], None
    if attack:
        order = rng.permutation(len(held))
        middle = len(order) // 2
        held, outside = held.iloc[order[middle:]], held.iloc[order[:middle]]
    found: dict[Place, Pair] = {"file": Pair(trio.synthetic, outside)}
    size = min(len(held), trio.rows)
    if not size:
        return found
    if size < trio.rows:
        found["same_size"] = Pair(_some(trio.synthetic, size, rng), outside)
    found["twin"] = Pair(_some(held, size, rng), outside)
    return found


def _some(frame: pd.DataFrame, size: int, rng: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[rng.permutation(len(frame))[:size]].reset_index(drop=True)
