"""What a registered metric is."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synthcraft.graph.records import Tier
from synthcraft.tools.metrics.base import Direction, EvalContext, Value

Compute = Callable[[EvalContext], list[Value]]


@dataclass(frozen=True)
class MetricSpec:
    """A registered metric.

    Attributes:
        floor: name of the anchor that stands for no information; empty: no anchors at all.
        fresh: the anchor that stands for fresh real rows (A1; T for prediction; halves where
            the holdout is itself the reference).
        tier: the cheapest tier of evaluation that has the metric.
        resamples: row resamples for a standard error, where the metric has no interval.
        null: the value without any effect, where the interval is a test against it.
    """

    id: str
    family: str
    title: str
    explanation: str
    direction: Direction
    ideal: float | None
    compute: Compute
    floor: str = ""
    fresh: str = "A1"
    needs: tuple[str, ...] = ()
    tier: Tier = "standard"
    resamples: int = 0
    null: float | None = None
    version: int = 1

    @property
    def requirements(self) -> tuple[str, ...]:
        """All needs: anchors want fresh real rows, and privacy wants rows that nobody saw."""
        needs = (*self.needs, "holdout") if self.floor else self.needs
        unseen = self.family == "privacy_metrics" and "holdout" in needs
        return tuple(dict.fromkeys(("unseen", *needs) if unseen else needs))

    @property
    def code_hash(self) -> str:
        """First half of the SHA-256 of the module that defines the metric."""
        function = getattr(self.compute, "func", self.compute)
        source = inspect.getsourcefile(function)
        content = Path(source).read_bytes() if source and Path(source).exists() else b""
        return hashlib.sha256(content).hexdigest()[:32]
