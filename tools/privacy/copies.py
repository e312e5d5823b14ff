"""V1 and V2: does the file hold copies of training rows, beyond what fresh real rows show?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.encoder import Scale
from synthcraft.tools.metrics.neighbours import ZERO, encoded, nearest
from synthcraft.tools.metrics.registry import metric

_ALPHA = 0.01
_GOWER_CELLS = 2e10


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
    def too_few(self) -> bool:
        """Some hits, but so few that even all of them in T would not reach p < 0.01."""
        hits = self.hits_train + self.hits_holdout
        n = self.n_train + self.n_holdout
        return hits > 0 and float(hypergeom.sf(hits - 1, n, self.n_train, hits)) >= _ALPHA

    @property
    def detectable(self) -> float:
        """Smallest share of training rows that, copied, would give p < 0.01 on this background."""
        rate = self.hits_holdout / self.n_holdout
        copied = np.arange(1, self.n_train + 1)
        train = np.minimum(copied + np.round(rate * self.n_train), self.n_train)
        hits = train + self.hits_holdout
        p = hypergeom.sf(train - 1, self.n_train + self.n_holdout, self.n_train, hits)
        found = np.flatnonzero(p < _ALPHA)
        return float(copied[found[0]] / self.n_train) if found.size else 1.0


def copy_test(ctx: EvalContext, scale: Scale = "normal") -> CopyTest:
    """Nearest synthetic row of every real row, against half the 1st centile of d(H -> T).

    With Gower's distance very large tables are sampled, T and H at the same rate.
    """
    train, holdout, synthetic = encoded(ctx, scale)
    if scale == "gower":
        cost = (len(train) + len(holdout)) * len(synthetic) * train.shape[1]
        rate = min(1.0, _GOWER_CELLS / max(cost, 1))
        if rate < 1.0:
            rng = ctx.rng("gower rows")
            train, holdout = (part[rng.random(len(part)) < rate] for part in (train, holdout))
    key = ("tau", scale, tuple(c.name for c in ctx.columns))
    between = ctx.real(key, lambda: nearest(train, holdout, scale)[0])
    tau = max(0.5 * float(np.quantile(between, 0.01)), ZERO)
    near_train = int((nearest(synthetic, train, scale)[0] <= tau).sum())
    near_holdout = int((nearest(synthetic, holdout, scale)[0] <= tau).sum())
    return CopyTest(near_train, near_holdout, len(train), len(holdout), tau)


@metric(
    "privacy.copies",
    family="privacy_metrics",
    title="Exact and near copies of training rows",
    explanation="Near zero: training people are matched no closer than people never seen.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout"),
)
def copies(ctx: EvalContext) -> list[Value]:
    """V1: excess share of training rows within tau of a synthetic row, over the holdout's share.

    -1 to 1, ideal 0, lower is better; the exact hypergeometric p is judged. Repeated with Gower's
    distance: where the two disagree the result is referred. Source: evaluation 4.5.
    """
    test = ctx.own("copies", lambda: copy_test(ctx))
    other = ctx.own("copies gower", lambda: copy_test(ctx, "gower"))
    few = test.too_few and test.hits_train > 0
    agree = (test.p < _ALPHA) == (other.p < _ALPHA)
    doubt: Status | None = "refer" if few or not agree else None
    message = (
        f"Rows that close to a synthetic row: {_rate(test.hits_train, test.n_train)} of training, "
        f"{_rate(test.hits_holdout, test.n_holdout)} of holdout rows; p = {test.p:.2g}."
    )
    if few:
        message += " Too few near copies to tell from chance: a person should look at them."
    if not agree:
        message += f" With Gower's distance p = {other.p:.2g}: the two disagree."
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


def _rate(hits: int, n: int) -> str:
    return f"{100 * hits / n:.1f} %" if hits == 0 or hits >= 10 else "fewer than ten"


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


def dcr_test(train: Floats, holdout: Floats, synthetic: Floats) -> DcrShare:
    """Nearest real row of each synthetic row; variance by permuting T and H labels."""
    real = np.vstack([train, holdout])
    _, place = nearest(real, synthetic)
    n, k = len(real), len(synthetic)
    counts = np.bincount(place, minlength=n)
    p0 = len(train) / n
    spread = float(((counts - counts.mean()) ** 2).sum())
    variance = p0 * (1 - p0) * n / (n - 1) * spread / k**2
    return DcrShare(float((place < len(train)).mean()), p0, float(np.sqrt(variance)))


@metric(
    "privacy.dcr_share",
    family="privacy_metrics",
    title="Nearest real row is a training row (smoke test)",
    explanation="Near zero; it misses most leaks by itself, so it can only worsen a verdict.",
    floor="A2",
    fresh="halves",
    needs=("rows", "holdout"),
)
def dcr_share(ctx: EvalContext) -> list[Value]:
    """V2: share of synthetic rows nearest to T, minus T's share of the real rows.

    -1 to 1, ideal 0, judged by its permutation z. A smoke test: it can only worsen a verdict.
    """
    test = ctx.own("dcr", lambda: dcr_test(*encoded(ctx)))
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
