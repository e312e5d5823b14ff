"""Exactly the rows that were asked for, or an honest failure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.graph.errors import InputError, JobError
from synthcraft.tools.generators.base import Fitted, Progress
from synthcraft.tools.generators.encoding import Array, EncodedTable, keyed_rng

MAX_ROUNDS = 12
MIN_VALID = 0.1
"""Below this share of usable rows the generator did not learn the table."""
MAX_FACTOR = 60
"""Rows drawn for one that is wanted, at most."""
_SPARE = 1.2
_AT_ONCE = 200_000
"""Rows held in memory at a time, where no more are wanted."""


@dataclass(frozen=True)
class Sample:
    """The rows, and what it took to get them."""

    frame: pd.DataFrame
    drawn: int
    valid: int
    kept: int
    """Rows that could be read and met the condition, before the surplus was cut."""

    @property
    def acceptance(self) -> float | None:
        """Share of drawn rows that passed; None when every row did."""
        return None if self.kept == self.drawn else round(self.kept / self.drawn, 4)


def meets(frame: pd.DataFrame, where: Mapping[str, Any]) -> Array:
    """Which rows meet a condition: column -> value, a list of values, or limits of a number.

    Limits are {"from": the least value, "below": the first that is too large}; either may be None.

    Raises:
        InputError: a column that is not there.
    """
    good = np.ones(len(frame), dtype=bool)
    for name, wanted in where.items():
        if name not in frame.columns:
            raise InputError(f"The condition names a column {name[:60]!r} that is not modelled.")
        good &= _meets(frame[name], wanted).to_numpy(dtype=bool, na_value=False)
    return good


def _meets(series: pd.Series[Any], wanted: Any) -> pd.Series[Any]:
    if isinstance(wanted, Mapping):
        low, high = wanted.get("from"), wanted.get("below")
        inside = series.notna()
        inside &= True if low is None else series >= low
        inside &= True if high is None else series < high
        return inside
    return series.isin(wanted if isinstance(wanted, list | tuple) else [wanted])


def draw(
    fitted: Fitted,
    table: EncodedTable,
    n: int,
    where: Mapping[str, Any],
    seed: int,
    progress: Progress,
    *,
    partial: bool = False,
    max_factor: int = MAX_FACTOR,
) -> Sample:
    """Draw, reject and top up within a fixed number of rounds.

    With `partial`, too few rows are returned and not refused: the caller counts. At most
    `max_factor` rows are drawn for one that is wanted.

    Raises:
        JobError: E_UNDERTRAINED when hardly a row can be read, E_TOO_FEW_ROWS when the condition
            is too rare.
    """
    parts: list[pd.DataFrame] = []
    drawn = valid = kept = 0
    for turn in range(MAX_ROUNDS):
        ask = _next(n, drawn, kept, max_factor)
        if ask <= 0:
            break
        turn_seed = int(keyed_rng(seed, "draw", str(turn)).integers(2**31))
        made = fitted.sample(ask, where or None, turn_seed)
        usable = table.decode(made[table.valid(made)].reset_index(drop=True))
        good = usable[meets(usable, where)]
        parts.append(good)
        drawn, valid, kept = drawn + ask, valid + len(usable), kept + len(good)
        progress(min(kept / n, 1.0), f"{min(kept, n):,} of {n:,} synthetic rows")
        if valid < MIN_VALID * drawn:
            raise _undertrained(valid, drawn)
    if kept < n and not partial:
        raise _too_few(n, kept, drawn, where)
    frame = pd.concat(parts, ignore_index=True).head(n)
    return Sample(frame, drawn, valid, kept)


def _next(n: int, drawn: int, kept: int, max_factor: int) -> int:
    """Rows to ask for: what is missing over the share that passed, inside the cap."""
    missing = n - kept
    if missing <= 0:
        return 0
    share = max(kept / drawn, 1 / max_factor) if drawn else 1.0
    wanted = missing if not drawn else math.ceil(_SPARE * missing / share)
    return min(wanted, max(n, _AT_ONCE), max_factor * n - drawn)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %".replace(".0 %", " %")


def _undertrained(valid: int, drawn: int) -> JobError:
    return JobError(
        f"The generator is undertrained: only {_percent(valid, drawn)} of the rows are valid.",
        "Give it more iterations, or choose another generator.",
        code="E_UNDERTRAINED",
    )


def _too_few(n: int, kept: int, drawn: int, where: Mapping[str, Any]) -> JobError:
    if where and not kept:
        return JobError(
            f"None of the {drawn:,} synthetic rows that were drawn meets the condition.",
            "Relax it: rows like these are hardly or never among the training rows, so no "
            "generator can learn them.",
            code="E_TOO_FEW_ROWS",
        )
    why = "meet the condition" if where else "are valid"
    return JobError(
        f"Only {kept:,} of {n:,} synthetic rows could be made: {_percent(kept, drawn)} of "
        f"those drawn {why}.",
        "Ask for fewer rows, or relax the condition." if where else "Choose another generator.",
        code="E_TOO_FEW_ROWS",
    )
