"""Time and memory of a run from a few measurements of it, and whether that fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from synthcraft.tools.generators.budget import SAFETY, fits

MARGIN = 1.5
"""What other work on the machine may change in either direction."""
_MOST_POWER = 1.5
"""A fit on few rows may end at once; no method here grows faster with the rows than this."""


class Prediction(BaseModel):
    """What a run will take: seconds on this machine, megabytes at its peak."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float
    """When every pass is made."""
    memory_mb: float
    low: float
    """Seconds when training stops as early as it may, on a quiet machine."""
    high: float
    basis: str
    """What was measured."""
    fixed: float = 0.0
    """Part of the seconds that does not depend on the passes."""
    passes: int = 0
    """Passes that the seconds are for; 0 where an engine makes none."""


class Point(NamedTuple):
    """What so many rows took: seconds, or megabytes."""

    rows: int
    took: float


class Loop(NamedTuple):
    """Training as it was watched: all passes of a short run.

    Attributes:
        outside: seconds of the fit before the first pass.
        passes: seconds of each pass, with the looks at the validation part.
        looks: how many looks there were; 0 where the engine takes none.
    """

    outside: float
    passes: Sequence[float]
    looks: int

    def seconds(self, passes: int, every: int) -> float:
        """So many passes with a look after every so many.

        Most passes of the short run have no look, so the median is a pass alone and what is
        above it belongs to the looks.
        """
        alone = median(self.passes)
        above = max(sum(self.passes) - alone * len(self.passes), 0.0)
        look = above / self.looks if self.looks else 0.0
        return passes * alone + (passes // every if every else 0) * look


def power_law(small: Point, large: Point, rows: int) -> float:
    """What other rows take when it grows as a power of the rows; it never shrinks with them."""
    power = 1.0
    if large.rows > small.rows and min(small.took, large.took) > 0:
        power = math.log(large.took / small.took) / math.log(large.rows / small.rows)
    return large.took * math.pow(rows / large.rows, min(max(power, 0.0), _MOST_POWER))


def straight(small: Point, large: Point, rows: int) -> float:
    """What other rows take when each row beyond a fixed beginning costs the same."""
    if large.rows == small.rows:
        return large.took * rows / large.rows
    slope = max(large.took - small.took, 0.0) / (large.rows - small.rows)
    return max(large.took + slope * (rows - large.rows), 0.0)


def of_passes(
    loop: Loop, passes: int, fewest: int, every: int, rest: float, memory_mb: float, basis: str
) -> Prediction:
    """A run of so many passes.

    Args:
        loop: the short run.
        passes: of the whole run.
        fewest: passes before it may stop.
        every: passes between two looks; 0 for none.
        rest: seconds of everything but the fit.
        memory_mb: peak of the short run.
        basis: what was measured.
    """
    fixed = loop.outside + rest
    whole = fixed + loop.seconds(passes, every)
    least = fixed + loop.seconds(min(fewest, passes), every)
    return Prediction(
        seconds=round(whole, 1),
        memory_mb=round(memory_mb),
        low=round(least / MARGIN, 1),
        high=round(whole * MARGIN, 1),
        basis=basis,
        fixed=round(fixed, 2),
        passes=passes,
    )


def of_rows(seconds: float, memory_mb: float, basis: str) -> Prediction:
    """A run that was measured on fewer rows."""
    return Prediction(
        seconds=round(seconds, 1),
        memory_mb=round(memory_mb),
        low=round(seconds / MARGIN, 1),
        high=round(seconds * MARGIN, 1),
        basis=basis,
    )


def refusal(found: Prediction, minutes: float | None, memory_mb: float) -> str:
    """Why a run cannot be started, with what would help; empty when it can.

    Args:
        found: what the pilot says.
        minutes: time that is left, None for no limit.
        memory_mb: memory that a job may have.
    """
    if found.memory_mb > memory_mb:
        return (
            f"It would need about {found.memory_mb:,.0f} MB, and a job may have "
            f"{memory_mb:,.0f} MB. Choose fewer rows or another generator, or raise "
            "SYNTHCRAFT_MEMORY_MB."
        )
    if minutes is None or fits(found.seconds, minutes):
        return ""
    told = f"It would take about {found.seconds:,.0f} s, and {60 * minutes:,.0f} s are left."
    return f"{told} {_suggestion(found, 60 * minutes / SAFETY)}"


def _suggestion(found: Prediction, seconds: float) -> str:
    each = (found.seconds - found.fixed) / found.passes if found.passes else 0.0
    if each > 0 and (fitting := int((seconds - found.fixed) / each)) >= 1:
        return f"About {fitting:,} passes (n_iter) would fit."
    return "Allow more time, or choose a faster generator such as cart."


def prediction_of(info: Mapping[str, Any]) -> Prediction:
    """The prediction in the result of a pilot job."""
    return Prediction.model_validate(
        {k: v for k, v in info.items() if k in Prediction.model_fields}
    )
