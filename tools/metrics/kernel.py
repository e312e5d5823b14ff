"""F7: maximum mean discrepancy, unbiased, with random Fourier features in place of a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.mixture import some_rows
from synthcraft.tools.metrics.neighbours import encoded
from synthcraft.tools.metrics.registry import metric

_FEATURES = 2048
_PERMUTATIONS = 100
_MEDIAN_ROWS = 1000
_BLOCK = 4096


def bandwidth(matrix: Floats, rng: np.random.Generator) -> float:
    """Median distance of two rows: the usual choice for a Gaussian kernel."""
    distances = pdist(matrix[some_rows(matrix, _MEDIAN_ROWS, rng)])
    middle = float(np.median(distances[distances > 0])) if (distances > 0).any() else 1.0
    return middle


@dataclass(frozen=True)
class Discrepancy:
    """MMD squared, and what it is when the rows' labels are permuted."""

    value: float
    null: Floats

    @property
    def p(self) -> float:
        """Share of permutations that differ at least as much."""
        return float((1 + (self.null >= self.value).sum()) / (1 + len(self.null)))


def discrepancy(
    real: Floats, synthetic: Floats, width: float, rng: np.random.Generator
) -> Discrepancy:
    """Unbiased MMD squared of a Gaussian kernel, approximated by 2,048 random features.

    Each feature pair is a sine and a cosine, so every row has length one and the diagonal of the
    kernel can be taken out exactly. Memory: rows x permutations, never rows x rows.
    """
    n, k = len(real), len(synthetic)
    directions = rng.normal(0, 1 / width, (real.shape[1], _FEATURES // 2)).astype(np.float32)
    label = np.repeat([0, 1], [n, k]).astype(np.float32)
    labels = rng.permuted(np.tile(label, (_PERMUTATIONS, 1)), axis=1)
    labels = np.vstack([label, labels])
    total = np.zeros(_FEATURES)
    sums = np.zeros((len(labels), _FEATURES))
    rows = np.vstack([real, synthetic]).astype(np.float32)
    for begin in range(0, n + k, _BLOCK):  # blocks bound the memory
        angles = rows[begin : begin + _BLOCK] @ directions
        features = np.hstack([np.cos(angles), np.sin(angles)])
        total += features.sum(0)
        sums += labels[:, begin : begin + _BLOCK] @ features
    values = _unbiased(sums, total - sums, k, n) / (_FEATURES / 2)
    return Discrepancy(float(values[0]), values[1:])


def _unbiased(a: Floats, b: Floats, k: int, n: int) -> NDArray[np.float64]:
    """From sums of features, rows with themselves left out; the length of a row is D / 2."""
    own = _FEATURES / 2
    within = ((a * a).sum(1) - k * own) / (k * (k - 1)) + ((b * b).sum(1) - n * own) / (n * (n - 1))
    return np.asarray(within - 2 * (a * b).sum(1) / (k * n))


@metric(
    "fidelity.mmd",
    family="fidelity",
    title="Maximum mean discrepancy",
    explanation="Near zero: no smooth function of a whole row has another mean.",
    floor="A4",
    needs=("rows",),
)
def mmd(ctx: EvalContext) -> list[Value]:
    """Unbiased MMD squared in the encoder's space, ideal 0 (may be just below), at most 2.

    Gaussian kernel at the median distance of training rows; p by 100 permutations of the labels.
    Source: evaluation 4.2, F7.
    """
    train, _, synthetic = encoded(ctx)
    if min(len(train), len(synthetic)) < 2:
        return [Value(None, message="Too few rows.")]
    key = ("bandwidth", tuple(c.name for c in ctx.columns))
    width = ctx.real(key, lambda: bandwidth(train, ctx.rng("bandwidth")))
    found = discrepancy(train, synthetic, width, ctx.rng("mmd"))
    half = 1.96 * float(found.null.std(ddof=1))
    return [
        Value(
            found.value,
            ci=(found.value - half, found.value + half),
            ci_method="normal, SD of the permutation null",
            score=found.p,
            message=f"Permutation p = {found.p:.2g}.",
        )
    ]
