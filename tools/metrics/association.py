"""F3: do pairs of columns move together as in the training rows?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.binned import codes
from synthcraft.tools.metrics.columns import Floats, Ints, is_number, numbers
from synthcraft.tools.metrics.registry import metric

_MAX_LEVELS = 20


def _ranks(values: Floats) -> Floats:
    """Ranks of the present values, centred and scaled; missing values are 0 in the sums."""
    out = np.full(len(values), np.nan)
    present = ~np.isnan(values)
    if present.sum() > 1:
        ranks = rankdata(values[present])
        spread = ranks.std()
        out[present] = (ranks - ranks.mean()) / spread if spread > 0 else 0.0
    return out


def spearman(ranks: Floats) -> Floats:
    """Rank correlations of all pairs over pairwise complete rows, -1 to 1; 0 if constant."""
    here = (~np.isnan(ranks)).astype(float)
    x = np.where(np.isnan(ranks), 0.0, ranks)
    n = np.maximum(here.T @ here, 1.0)
    sums, squares = x.T @ here, (x * x).T @ here
    covariance = x.T @ x / n - (sums / n) * (sums.T / n)
    variance = squares / n - (sums / n) ** 2
    scale = np.sqrt(np.maximum(variance * variance.T, 0.0))
    return np.where(scale > 1e-12, covariance / np.maximum(scale, 1e-12), 0.0)


def cramers_v(a: Ints, b: Ints) -> float:
    """Bias-corrected Cramér V of two code vectors, 0 to 1 (Bergsma's correction)."""
    width, n = int(b.max()) + 1, len(a)
    table = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width).reshape(-1, width)
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    rows, columns = table.shape
    if rows < 2 or columns < 2:
        return 0.0
    expected = np.outer(table.sum(1), table.sum(0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    r, c = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    return float(np.sqrt(min(1.0, phi2 / max(min(r, c) - 1, 1e-12))))


def correlation_ratio(codes: Ints, ranks: Floats) -> Floats:
    """Bias-corrected eta of each rank column (n x d) within the levels, 0 to 1."""
    _, codes = np.unique(codes, return_inverse=True)
    groups = np.zeros((len(codes), int(codes.max()) + 1))
    groups[np.arange(len(codes)), codes] = 1.0
    here = (~np.isnan(ranks)).astype(float)
    x = np.where(np.isnan(ranks), 0.0, ranks)
    counts, sums = groups.T @ here, groups.T @ x
    n, total, squares = counts.sum(0), sums.sum(0), (x * x).sum(0)
    size = np.maximum(n, 1.0)
    all_ss = squares - total**2 / size
    between = (sums**2 / np.maximum(counts, 1.0)).sum(0) - total**2 / size
    eta2 = np.where(all_ss > 1e-12, between / np.maximum(all_ss, 1e-12), 0.0)
    free = n - (counts > 0).sum(0)
    corrected = 1 - (1 - eta2) * (n - 1) / np.maximum(free, 1.0)
    return np.where(free > 0, np.sqrt(np.clip(corrected, 0.0, 1.0)), 0.0)


def associations(ctx: EvalContext, frame: pd.DataFrame) -> Floats:
    """One number per pair of compared columns, in a fixed order."""
    ordered = [c.name for c in ctx.columns if is_number(c)]
    nominal = [c for c in ctx.columns if not is_number(c)]
    out: list[Floats] = []
    ranks = np.empty((len(frame), 0))
    if ordered:
        ranks = np.column_stack([_ranks(numbers(frame[name])) for name in ordered])
        out.append(spearman(ranks)[np.triu_indices(len(ordered), 1)])
    coded = [codes(ctx, frame, column, levels=_MAX_LEVELS) for column in nominal]
    for i, mine in enumerate(coded):
        if ordered:
            out.append(correlation_ratio(mine, ranks))
        out.append(np.array([cramers_v(mine, other) for other in coded[i + 1 :]]))
    return np.concatenate(out) if out else np.empty(0)


def pairs(ctx: EvalContext) -> list[tuple[str, str]]:
    """Names of the pairs of columns, in the order of `associations`."""
    ordered = [c.name for c in ctx.columns if is_number(c)]
    nominal = [c.name for c in ctx.columns if not is_number(c)]
    out = [(ordered[i], ordered[j]) for i, j in zip(*np.triu_indices(len(ordered), 1), strict=True)]
    for i, mine in enumerate(nominal):
        out += [(mine, other) for other in (*ordered, *nominal[i + 1 :])]
    return out


def differences(ctx: EvalContext) -> Floats:
    """Absolute difference of every pair's association, synthetic against training rows."""
    names = tuple(c.name for c in ctx.columns)
    real = ctx.real(("associations", names), lambda: associations(ctx, ctx.train))
    return ctx.own(
        "association differences", lambda: np.abs(associations(ctx, ctx.synthetic) - real)
    )


@metric(
    "fidelity.association",
    family="fidelity",
    title="Relations between columns",
    explanation="Near zero: pairs of columns depend on each other as in the real table.",
    floor="A4",
    needs=("rows",),
    resamples=20,
)
def association(ctx: EvalContext) -> list[Value]:
    """Mean absolute difference over pairs: Spearman, bias-corrected Cramér V and eta of ranks.

    Range 0 to 2 (in practice below 1), lower is better. Source: evaluation 4.2, F3.
    """
    gaps = differences(ctx)
    noise = float(np.sqrt(1 / len(ctx.train) + 1 / len(ctx.synthetic)))
    return [Value(float(gaps.mean()), noise=noise)] if gaps.size else []


@metric(
    "fidelity.worst_association",
    family="fidelity",
    title="The worst relation between two columns",
    explanation="Near zero: no pair of columns has lost or gained a relation.",
    floor="A4",
    needs=("rows",),
    resamples=20,
)
def worst_association(ctx: EvalContext) -> list[Value]:
    """Largest absolute difference over pairs, lower is better; the message names the pair."""
    gaps = differences(ctx)
    if not gaps.size:
        return []
    n, k = len(ctx.train), len(ctx.synthetic)
    # three standard errors of a difference of correlations: the largest of many pairs
    noise = float(3.0 * np.sqrt(1 / n + 1 / k))
    first, second = pairs(ctx)[int(gaps.argmax())]
    return [Value(float(gaps.max()), noise=noise, message=f"Columns: {first} and {second}.")]
