"""V1 and V2: does the file hold copies of training rows, beyond what fresh real rows show?"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import hypergeom

from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.encoder import Scale
from synthcraft.tools.metrics.neighbours import ZERO, is_narrow, nearest
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.privacy.excess import rate
from synthcraft.tools.privacy.space import (
    real_rows,
    synthetic_rows,
    to_synthetic,
    to_training,
)

_ALPHA = 0.01
_BEYOND_DOUBT = 0.001
_DESCRIPTIVE = (0.25, 1.0)


@dataclass(frozen=True)
class CopyTest:
    """Real rows within tau of a synthetic row, and how far they lean to the training side."""

    hits_train: int
    hits_holdout: int
    n_train: int
    n_holdout: int
    tau: float

    @property
    def p(self) -> float:
        """One-sided exact p: labels T and H are exchangeable without leakage."""
        hits = self.hits_train + self.hits_holdout
        n = self.n_train + self.n_holdout
        return float(hypergeom.sf(self.hits_train - 1, n, self.n_train, hits)) if hits else 1.0

    @property
    def excess(self) -> float:
        """Share of training rows with a near copy, minus the same share of the holdout."""
        return self.hits_train / self.n_train - self.hits_holdout / self.n_holdout

    @property
    def error(self) -> float:
        """Standard error of the excess."""
        a, b = self.hits_train / self.n_train, self.hits_holdout / self.n_holdout
        return float(np.sqrt(a * (1 - a) / self.n_train + b * (1 - b) / self.n_holdout))

    @property
    def turned_round(self) -> bool:
        """Whether the file repeats the holdout more than the training rows, beyond chance."""
        hits = self.hits_train + self.hits_holdout
        n = self.n_train + self.n_holdout
        p = float(hypergeom.sf(self.hits_holdout - 1, n, self.n_holdout, hits))
        return hits > 0 and p < _BEYOND_DOUBT

    @property
    def too_few(self) -> bool:
        """Some hits, but so few that even all of them in T would not reach p < 0.01."""
        hits = self.hits_train + self.hits_holdout
        n = self.n_train + self.n_holdout
        return hits > 0 and float(hypergeom.sf(hits - 1, n, self.n_train, hits)) >= _ALPHA

    @property
    def detectable(self) -> float:
        """Smallest share of training rows that, copied, would give p < 0.01 on this background."""
        background = round(self.hits_holdout / self.n_holdout * self.n_train)

        def is_seen(copied: int) -> bool:
            hits = min(copied + background, self.n_train)
            return replace(self, hits_train=hits).p < _ALPHA

        # more copies never make p larger: the first count that is seen is found by halving
        counts = range(1, self.n_train + 1)
        first = bisect_left(counts, True, key=is_seen)
        return counts[first] / self.n_train if first < len(counts) else 1.0


def copy_test(ctx: EvalContext, scale: Scale = "normal", share: float = 0.5) -> CopyTest:
    """Real rows nearer to a synthetic row than `share` of the 1st centile of d(H -> T).

    Half the centile is the primary threshold (specs: evaluation, 4.5). Gower's distance is taken
    to the best of eight Euclidean neighbours.
    """
    tau = max(share * float(np.quantile(to_training(ctx).by(scale)[:, 0], 0.01)), ZERO)
    close, members = to_synthetic(ctx).by(scale)[:, 0] <= tau, len(ctx.train)
    hits = int(close[:members].sum()), int(close[members:].sum())
    return CopyTest(*hits, members, len(ctx.holdout), tau)


@metric(
    "privacy.copies",
    family="privacy_metrics",
    title="Exact and near copies of training rows",
    explanation="Near zero: training people are matched no closer than people never seen.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout", "separate"),
    tier="quick",
)
def copies(ctx: EvalContext) -> list[Value]:
    """V1: excess share of training rows within tau of a synthetic row, over the holdout's share.

    -1 to 1, ideal 0, lower is better; the exact hypergeometric p is judged. Repeated with Gower's
    distance: where the two disagree the result is referred. So it is when a leak shows only at a
    quarter of, or at the whole, centile. Source: evaluation 4.5.
    """
    test, other = copy_test(ctx), copy_test(ctx, "gower")
    few = test.too_few and test.hits_train > 0
    agree = (test.p < _ALPHA) == (other.p < _ALPHA)
    elsewhere = min(copy_test(ctx, share=share).p for share in _DESCRIPTIVE)
    hidden = elsewhere < _ALPHA <= test.p
    doubt: Status | None = "refer" if few or hidden or not agree or test.turned_round else None
    message = (
        f"Rows that close to a synthetic row: {rate(test.hits_train, test.n_train)} of training, "
        f"{rate(test.hits_holdout, test.n_holdout)} of holdout rows; p = {test.p:.2g}."
    )
    if few:
        message += " Too few near copies to tell from chance: a person should look at them."
    if test.turned_round:
        message += (
            " The file repeats holdout rows: the holdout was not kept away from its maker, or "
            "the real file and the holdout were swapped, so no attack here can be relied on."
        )
    if not agree:
        message += f" With Gower's distance p = {other.p:.2g}: the two disagree."
    if hidden:
        message += f" At another distance p = {elsewhere:.2g}: a person should look at it."
    half = 1.96 * test.error
    return [
        Value(
            test.excess,
            ci=(test.excess - half, test.excess + half),
            ci_method="normal, difference of shares",
            score=test.p,
            mde=test.detectable,
            at_best=doubt,
            at_worst=None if agree else "refer",
            message=message,
        )
    ]


@dataclass(frozen=True)
class DcrShare:
    """Share of synthetic rows whose nearest real row is a training row, with its permutation z."""

    share: float
    expected: float
    error: float

    @property
    def z(self) -> float:
        """Standardised difference under exchangeable labels of real rows."""
        return (self.share - self.expected) / self.error if self.error > 0 else 0.0


def dcr_test(train: Floats, holdout: Floats, synthetic: Floats, *, narrow: bool = True) -> DcrShare:
    """Nearest real row of each synthetic row; variance by permuting T and H labels.

    Equal real rows share their synthetic rows, so that no label wins a tie by its place.
    """
    rows, inverse, size = np.unique(
        np.vstack([train, holdout]), axis=0, return_inverse=True, return_counts=True
    )
    _, place = nearest(rows, synthetic, narrow=narrow)
    n, k = len(inverse), len(synthetic)
    counts = (np.bincount(place, minlength=len(rows)) / size)[inverse]
    p0 = len(train) / n
    spread = float(((counts - counts.mean()) ** 2).sum())
    variance = p0 * (1 - p0) * n / (n - 1) * spread / k**2
    return DcrShare(float(counts[: len(train)].sum() / k), p0, float(np.sqrt(variance)))


@metric(
    "privacy.dcr_share",
    family="privacy_metrics",
    title="Nearest real row is a training row (smoke test)",
    explanation="Near zero; it misses most leaks by itself, so it can only worsen a verdict.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout", "separate"),
    tier="quick",
)
def dcr_share(ctx: EvalContext) -> list[Value]:
    """V2: share of synthetic rows nearest to T, minus T's share of the real rows.

    -1 to 1, ideal 0, judged by its permutation z. A smoke test: it can only worsen a verdict.
    """
    real, members = real_rows(ctx).normal, len(ctx.train)
    rows = synthetic_rows(ctx).normal
    test = dcr_test(real[:members], real[members:], rows, narrow=is_narrow(ctx))
    half, excess = 1.96 * test.error, test.share - test.expected
    return [
        Value(
            excess,
            ci=(excess - half, excess + half),
            ci_method="label permutation",
            score=test.z,
            mde=2.486 * test.error,
            message=f"{test.share:.3f} of rows, {test.expected:.3f} expected; z = {test.z:.1f}.",
        )
    ]
