"""The time limit of a case study: what it admits, and how slow this machine has been."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from synthcraft.tools.report.words import duration


@dataclass
class Clock:
    """Counts from its making.

    Attributes:
        minutes: the limit; None for none.
    """

    minutes: float | None
    began: float = field(default_factory=time.monotonic)
    _predicted: float = 0.0
    _taken: float = 0.0

    @property
    def pace(self) -> float:
        """Seconds that a predicted second takes here; others may be at work on the machine."""
        return max(1.0, self._taken / self._predicted) if self._predicted else 1.0

    def refuses(self, seconds: float) -> str:
        """Why a step is not begun; empty if it is."""
        if self.minutes is None:
            return ""
        left = 60 * self.minutes - (time.monotonic() - self.began)
        needed = seconds * self.pace
        if needed <= left:
            return ""
        return (
            f"it would take about {duration(round(needed))}, and "
            f"{duration(round(max(left, 0.0)))} of the time limit were left"
        )

    def took(self, predicted: float, seconds: float) -> None:
        """A step was carried out."""
        self._predicted += predicted
        self._taken += seconds
