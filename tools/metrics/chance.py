"""What two samples of one population differ by, so that a score need not grow as samples shrink."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthcraft.tools.metrics.columns import Floats


def expected_gap(variance: Floats, n: Any, k: Any) -> Floats:
    """Mean |difference| of two means of n and of k values with this variance (normal)."""
    return np.asarray(np.sqrt(2 / np.pi * variance * (1 / n + 1 / k)))
