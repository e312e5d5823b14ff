"""Sanity: does the file hold people who cannot exist, beyond the real table's own errors?"""

from __future__ import annotations

from scipy.stats import hypergeom

from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.rule_pack import packs

_ALPHA = 0.01


def beyond(real: int, n: int, synthetic: int, k: int) -> bool:
    """Whether the synthetic rows break a rule more often than the real ones (counts of rows).

    Where no real row does, none may; else by a one-sided exact test of the two shares.
    """
    if not real or not synthetic:
        return synthetic > 0
    return float(hypergeom.sf(synthetic - 1, n + k, real + synthetic, k)) < _ALPHA


@metric(
    "sanity.rules",
    family="sanity",
    tier="quick",
    title="No impossible people",
    explanation="Zero clinical rules that are broken more often than in the real table.",
    needs=("rows",),
)
def rules(ctx: EvalContext) -> list[Value]:
    """Rules of the packs that synthetic rows break beyond the rate of training and holdout rows.

    Source: evaluation 4.3.
    """
    broken, checked = [], 0
    n, k = len(ctx.train) + len(ctx.holdout), len(ctx.synthetic)
    for pack in packs():
        here = pack.places(ctx.columns)
        for rule in pack.rules:
            if not rule.applies(here):
                continue
            checked += 1
            frames = (ctx.train, ctx.holdout, ctx.synthetic)
            in_t, in_h, in_s = (int(rule.broken(frame, here).sum()) for frame in frames)
            if beyond(in_t + in_h, n, in_s, k):
                broken.append(rule.says)
    if not checked:
        return [Value(None, message="No clinical rule speaks of these columns.")]
    message = f"Broken: {'; '.join(broken)}." if broken else f"{checked} rules were checked."
    return [Value(float(len(broken)), message=message)]
