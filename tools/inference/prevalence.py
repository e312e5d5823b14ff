"""How common the outcome is in synthetic tables, against a margin set beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from scipy.stats import t as student

from synthcraft.tools.disclosure.small_cells import hidden_levels
from synthcraft.tools.inference.design import outcome_classes
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats, Ints, level_codes

MARGIN = (0.80, 1.25)


@dataclass(frozen=True)
class Prevalence:
    """Synthetic over real share of the event: 1 is ideal.

    Attributes:
        low, high: 95 % interval over replicates (t), or of one table (Wilson); T is fixed.
        real: the event's share among the training rows.
        few: whether too few real people stand behind it to tell it.
    """

    event: str
    ratio: float
    low: float
    high: float
    tables: int
    real: float
    few: bool

    @property
    def words(self) -> str:
        """How the interval lies to the margin."""
        low, high = MARGIN
        if low <= self.low and self.high <= high:
            return "the interval lies within the margin"
        within = low <= self.ratio <= high
        return "only the estimate lies within the margin" if within else "outside the margin"


def prevalence(ctx: EvalContext) -> Prevalence | None:
    """Ratio of the event's share among rows with a known outcome; None without two classes.

    Source: evaluation P1.
    """
    classes = _classes(ctx)
    if len(classes) != 2:
        return None
    real = _counts(ctx, classes)[:, 0]
    target = real[1] / real.sum()
    sets = [_levels(f[str(ctx.target)], classes) for f in (ctx.synthetic, *ctx.replicates)]
    sizes = np.array([counts.sum() for counts in sets])
    if not sizes.all() or not target:
        return None
    shares: Floats = np.array([counts[1] for counts in sets]) / sizes
    middle, m = float(shares.mean()), len(shares)
    if m == 1:
        interval = binomtest(int(sets[0][1]), int(sizes[0])).proportion_ci(method="wilson")
        low, high = interval.low, interval.high
    else:
        half = float(student.ppf(0.975, m - 1) * shares.std(ddof=1) / np.sqrt(m))
        low, high = middle - half, middle + half
    few = bool(hidden_levels(_counts(ctx, classes), ctx.least).any())
    ends = (low / target, high / target)
    return Prevalence(classes[1], middle / target, *ends, m, float(target), few)


def prevalence_note(ctx: EvalContext) -> str:
    """The ratio in a sentence; withheld where it would tell a count under ten."""
    found = prevalence(ctx)
    if found is None:
        return "Outcome prevalence: not compared, there is no outcome with two classes."
    if found.few:
        return "Outcome prevalence: suppressed, one outcome has too few real people."
    over = "one table" if found.tables == 1 else f"{found.tables} tables"
    return (
        f"Outcome prevalence ({ctx.target} = {found.event}), synthetic over real: "
        f"{found.ratio:.2f} (95 % CI {found.low:.2f}–{found.high:.2f}, {over}); margin "
        f"{MARGIN[0]:.2f}–{MARGIN[1]:.2f}: {found.words}."
    )


def _classes(ctx: EvalContext) -> tuple[str, ...]:
    tables = (ctx.train, ctx.synthetic, *ctx.replicates)
    if ctx.task != "classification" or any(ctx.target not in f.columns for f in tables):
        return ()
    return outcome_classes(ctx.train[str(ctx.target)], ctx.task)


def _counts(ctx: EvalContext, classes: tuple[str, ...]) -> Ints:
    """Classes x (T, V, H)."""
    parts = (ctx.train, ctx.validation, ctx.holdout)
    return np.column_stack([_levels(f[str(ctx.target)], classes) for f in parts])


def _levels(series: pd.Series[Any], classes: tuple[str, ...]) -> Ints:
    codes = level_codes(series, classes)
    return np.bincount(codes, minlength=len(classes))[: len(classes)]
