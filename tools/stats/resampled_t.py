"""A t test for differences over repeated splits of the same rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

MIN_SPLITS = 2


@dataclass(frozen=True)
class SplitTest:
    """Mean difference over splits, its standard error, interval and two-sided p."""

    mean: float
    error: float
    low: float
    high: float
    p: float


def split_test(
    differences: Sequence[float], train_rows: int, test_rows: int, level: float = 0.95
) -> SplitTest:
    """Corrected resampled t test: splits overlap, so their variance alone is far too small.

    The variance of the mean is (1/J + n_test/n_train) times that over the J splits; J - 1 degrees
    of freedom. Source: Nadeau and Bengio 2003; evaluation 4.8.

    Args:
        differences: one number a split, such as TSTR - TRTR.
        train_rows: training rows of a split.
        test_rows: test rows of a split.
        level: of the interval.

    Raises:
        ValueError: fewer than two splits, or a split without training rows.
    """
    from scipy.stats import t as student

    splits = len(differences)
    if splits < MIN_SPLITS or train_rows < 1:
        raise ValueError("a test over splits needs two splits with training rows")
    mean = fmean(differences)
    error = math.sqrt((1 / splits + test_rows / train_rows) * variance(differences))
    half = float(student.ppf(0.5 + level / 2, splits - 1)) * error
    p = 2 * float(student.sf(abs(mean) / error, splits - 1)) if error else float(mean == 0)
    return SplitTest(mean, error, mean - half, mean + half, p)
