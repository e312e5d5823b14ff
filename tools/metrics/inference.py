"""U3: would an analyst of the synthetic table draw the conclusions of the real analysis?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import numpy as np
from scipy.stats import norm

from synthcraft.graph.errors import DataError
from synthcraft.tools.disclosure.rounding import to_five
from synthcraft.tools.inference.agreement import (
    Booleans,
    excludes_zero,
    joint_distance,
    joint_p,
    mean_overlap_low,
    overlap_reference,
)
from synthcraft.tools.inference.combine import NAIVE
from synthcraft.tools.inference.compare import Comparison, comparison
from synthcraft.tools.metrics.base import EvalContext, Status, Value
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.registry import Compute, metric

CLAIM = 10
"""Tables of independent fits below which nothing is claimed of a generator."""
_NAMED = 6
_NEEDS = ("target", "rows")


def of_model(judge: Callable[[EvalContext, Comparison], list[Value]]) -> Compute:
    """A metric of the comparison: says why there is none; without ten whole fits, never a pass."""

    @wraps(judge)
    def compute(ctx: EvalContext) -> list[Value]:
        try:
            found = comparison(ctx)
        except DataError as error:
            return [Value(None, status="not_assessed", message=error.message)]
        if not found.known.any():
            message = "No coefficient can be estimated in every synthetic table."
            return [Value(None, status="not_assessed", message=message)]
        limit: Status | None = "refer" if found.pooled.m < CLAIM or found.lost else None
        try:
            own, *rows = judge(ctx, found)
        except DataError as error:
            return [Value(None, status="not_assessed", message=error.message)]
        return [replace(own, at_best=own.at_best or limit), *rows]

    return compute


def _share(found: Comparison, agree: Booleans) -> Value:
    """The share of coefficients, with the others by name."""
    others = [str(t) for t, same in zip(found.terms, agree | ~found.known, strict=True) if not same]
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    message = f"Not so: {'; '.join(others[:_NAMED])}{more}." if others else ""
    return Value(float(agree[found.known].mean()), message=message)


def _rows(found: Comparison, values: Floats, fine: Booleans) -> list[Value]:
    """A row for each coefficient; what correct synthesis may well give passes, no row fails."""
    return [
        Value(
            float(values[i]),
            column=term.column,
            group=term.level,
            at_worst="pass" if fine[i] else "refer",
            estimates=_estimates(found, i),
        )
        for i, term in enumerate(found.terms)
        if found.known[i]
    ]


def _key(found: Comparison) -> Booleans:
    """Coefficients for which the real interval speaks."""
    return excludes_zero(found.real_interval) & found.known


@metric(
    "inference.ci_overlap",
    family="utility",
    title="Overlap of confidence intervals",
    explanation="Near one: the analysis of synthetic rows gives the intervals of the real one.",
    direction="higher",
    ideal=1.0,
    floor="A4",
    fresh="T",
    needs=_NEEDS,
)
@of_model
def ci_overlap(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Mean overlap over coefficients, 1 to minus infinity, higher is better; each as its own row.

    A row holds both estimates on the scale of the model, numeric terms per real standard
    deviation: log odds ratio, log hazard ratio or mean difference. A flipped sign of a term whose
    real interval excludes no effect fails; a mean that correct synthesis would give as often as
    one time in twenty does not. Source: evaluation P2, 4.4 U3 and 4.6.
    """
    m, ratio = found.pooled.m, found.pooled.ratio
    covariance = found.real.fit.cov[np.ix_(found.known, found.known)]
    least = mean_overlap_low(covariance, m, ratio, ctx.rng("overlap"))
    mean = float(found.overlap[found.known].mean())
    flipped = bool((_key(found) & ~found.same_sign).any())
    gap = bool((found.overlap[found.known] < 0.5).any())
    own = Value(
        mean,
        at_best="fail" if flipped else "refer" if gap else None,
        at_worst="refer" if mean >= least and not flipped else None,
        message=_told(found, flipped),
    )
    rows = _rows(found, found.overlap, found.overlap >= overlap_reference(m, ratio).low)
    missing = {**found.formula.left_out, **found.lost}
    return [own, *rows] + [
        Value(None, column=t.column, group=t.level, status="not_assessed",
              message=f"Not in the model: {reason}.")
        for t, reason in missing.items()
    ]  # fmt: skip


def _estimates(found: Comparison, i: int) -> dict[str, tuple[float, float, float]]:
    """Both estimates of a coefficient, of a number per real standard deviation."""
    both = {
        "real": (found.real.fit.beta, *found.real_interval),
        "synthetic": (found.pooled.estimate, *found.synthetic_interval),
    }
    scale = found.scale[i]
    return {
        name: (float(mid[i] * scale), float(low[i] * scale), float(high[i] * scale))
        for name, (mid, low, high) in both.items()
    }


def _told(found: Comparison, flipped: bool) -> str:
    """The model, its size to the nearest five, and what correct synthesis would score."""
    design, p, m = found.real.design, len(found.terms), found.pooled.m
    reference = overlap_reference(m, found.pooled.ratio)
    size = f"about {to_five(design.n)} complete real rows"
    if found.formula.event is not None:
        events = to_five(design.events)
        size += f", {events} events ({events / p:.0f} per coefficient)"
    parts = [
        f"{found.model}: {p} coefficients, {size}.",
        f"Correct synthesis averages {reference.mean:.2f} with {m} "
        f"table{'s' if m > 1 else ''} (5th centile of one coefficient {reference.low:.2f}).",
    ]
    if m < CLAIM:
        parts.append(f"A claim needs {CLAIM} independent fits; there {_count(m)}.")
    parts += [f"{NAIVE}."] if m == 1 else []
    parts += [f"Firth's penalty on both sides: {found.penalty}."] if found.penalty else []
    parts += ["A term that the real rows show changes its sign."] if flipped else []
    parts += [f"Lost terms: {len(found.lost)}."] if found.lost else []
    return " ".join(part[0].upper() + part[1:] for part in parts)


def _count(m: int) -> str:
    return "is one" if m == 1 else f"are {m}"


@metric(
    "inference.decision_agreement",
    family="utility",
    title="Same conclusion about an effect",
    explanation="Near one: the same effects are found, and no others.",
    direction="higher",
    ideal=1.0,
    floor="A4",
    fresh="T",
    needs=_NEEDS,
)
@of_model
def decision_agreement(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Share of coefficients whose intervals both exclude no effect, or both do not; 0 to 1.

    The synthetic interval admits the synthesis. Source: evaluation P2.
    """
    return [_share(found, found.same_decision)]


@metric(
    "inference.sign_agreement",
    family="utility",
    title="Same direction of effects",
    explanation="One among the terms that the real rows show: no effect is turned round.",
    direction="higher",
    ideal=1.0,
    floor="A4",
    fresh="T",
    needs=_NEEDS,
)
@of_model
def sign_agreement(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Share of coefficients with the same sign, 0 to 1.

    Judged are those whose real interval excludes no effect; the sign of the others is chance.
    Source: evaluation P2.
    """
    key = _key(found)
    score = float(found.same_sign[key].mean()) if key.any() else 1.0
    own = _share(found, found.same_sign)
    shown = f"The real rows show {int(key.sum())} of {int(found.known.sum())} terms."
    return [replace(own, score=score, message=f"{shown} {own.message}".strip())]


@metric(
    "inference.inside_interval",
    family="utility",
    title="Estimates inside the real interval",
    explanation="Near one: synthetic estimates are values that the real analysis allows.",
    direction="higher",
    ideal=1.0,
    floor="A4",
    fresh="T",
    needs=_NEEDS,
)
@of_model
def inside_interval(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Share of synthetic estimates inside the real 95 % interval, 0 to 1. Source: evaluation P2."""
    return [_share(found, found.inside)]


@metric(
    "inference.largest_shift",
    family="utility",
    title="Largest shift of an estimate",
    explanation="Under two: every estimate lies within the real analysis's own uncertainty.",
    floor="A4",
    fresh="T",
    needs=_NEEDS,
)
@of_model
def largest_shift(ctx: EvalContext, found: Comparison) -> list[Value]:
    """Largest |synthetic - real| in real standard errors, 0 upwards; each term as its own row.

    Noise: what the largest of so many terms stays under 99 times in 100 under correct synthesis.
    Source: evaluation P2 (z).
    """
    shift = np.abs(found.shift)
    p = int(found.known.sum())
    noise = float(norm.ppf(1 - 0.005 / p) / np.sqrt(found.pooled.m * found.pooled.ratio))
    worst = int(np.nanargmax(shift))
    own = Value(float(shift[worst]), noise=noise, message=f"Term: {found.terms[worst]}.")
    return [own, *_rows(found, shift, shift <= max(noise, 1.96))]


@metric(
    "inference.joint_distance",
    family="utility",
    title="Joint distance of all estimates",
    explanation="Near zero: taken together, the coefficients are those of the real analysis.",
    floor="A4",
    fresh="T",
    needs=_NEEDS,
)
@of_model
def joint(ctx: EvalContext, found: Comparison) -> list[Value]:
    """d'V⁻¹d/p of the differences under the real covariance, 0 upwards; judged by its p value.

    Correct synthesis of m tables of k rows gives n/(m·k) on average. Source: evaluation P2.
    """
    known = found.known
    difference = (found.pooled.estimate - found.real.fit.beta)[known]
    distance = joint_distance(difference, found.real.fit.cov[np.ix_(known, known)])
    p = joint_p(distance, int(known.sum()), found.pooled.m, found.pooled.ratio)
    expected = 1 / (found.pooled.m * found.pooled.ratio)
    message = f"Correct synthesis averages {expected:.2f}; this far or further: p = {p:.3f}."
    return [Value(distance, score=p, message=message)]
