"""U1 for times until an event: are people put in the right order of risk?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthcraft.tools.disclosure.rounding import MIN_CELL
from synthcraft.tools.inference.cox import cox
from synthcraft.tools.inference.design import independent, outcome_classes
from synthcraft.tools.metrics.base import EvalContext, Value
from synthcraft.tools.metrics.columns import Floats, level_codes, numbers
from synthcraft.tools.metrics.encoder import encoder
from synthcraft.tools.metrics.learners import Source
from synthcraft.tools.metrics.registry import metric
from synthcraft.tools.metrics.risk import BOOTSTRAP
from synthcraft.tools.metrics.scores import Bools, interval
from synthcraft.tools.stats.auc import POWER

_BLOCK = 4_000_000
_FEW = f"Under {MIN_CELL} events in the training or holdout rows."


def censored(ctx: EvalContext, frame: pd.DataFrame) -> tuple[Floats, Bools, Bools]:
    """Times, which of them end with the event, and which rows have both known."""
    levels = outcome_classes(ctx.train[str(ctx.target)], "survival")
    codes = level_codes(frame[str(ctx.target)], levels)
    time = numbers(frame[str(ctx.time_column)])
    return time, codes == len(levels) - 1, (codes < len(levels)) & (time >= 0)


def hazards(ctx: EvalContext, source: Source) -> Floats:
    """Log relative hazard of the holdout rows by a Cox regression on real or synthetic rows."""
    names = tuple(c.name for c in ctx.features)

    def build() -> Floats:
        frame = ctx.train if source == "real" else ctx.synthetic
        space = encoder(ctx, ctx.features)
        time, event, known = censored(ctx, frame)
        x = space.transform(frame[known])
        used = independent(x)
        if not used.any() or not event[known].any():
            return np.zeros(len(ctx.holdout))  # nothing was learnt: everybody is alike
        beta = cox(x[:, used], event[known].astype(float), time[known]).beta
        return np.asarray(space.transform(ctx.holdout)[:, used] @ np.nan_to_num(beta))

    key = ("hazards", names)
    return ctx.real(key, build) if source == "real" else ctx.own(key, build)


def ordered_pairs(time: Floats, event: Bools, risk: Floats) -> tuple[Floats, Floats]:
    """For each row, the pairs it stands in that can be ordered, and those ordered rightly.

    A pair can be ordered if the earlier time, or one of two equal times, is an event and the other
    outlived it. Ties of risk count half. Summed over rows every pair counts twice.
    """
    right, pairs = np.zeros(len(time)), np.zeros(len(time))
    earlier = np.flatnonzero(event)
    step = max(1, _BLOCK // max(len(time), 1))
    for begin in range(0, len(earlier), step):
        rows = earlier[begin : begin + step]
        later = (time > time[rows, None]) | ((time == time[rows, None]) & ~event)
        higher = np.sign(risk[rows, None] - risk) / 2 + 0.5
        won = later * higher
        right[rows] += won.sum(1)
        pairs[rows] += later.sum(1)
        right += won.sum(0)
        pairs += later.sum(0)
    return right, pairs


def concordance(ctx: EvalContext, source: Source) -> Floats:
    """Harrell's C on the holdout; the draws behind the first entry are of first order."""

    def build() -> Floats:
        time, event, known = censored(ctx, ctx.holdout)
        right, pairs = ordered_pairs(time[known], event[known], hazards(ctx, source)[known])
        if not pairs.sum():
            return np.full(ctx.bootstrap + 1, np.nan)
        rows = int(known.sum())
        rng = ctx.rng("survival bootstrap")
        weights = np.ones((ctx.bootstrap + 1, rows))
        weights[1:] = rng.multinomial(rows, np.full(rows, 1 / rows), size=ctx.bootstrap)
        # both rows of a pair are drawn: its weight moves with either
        won, all_pairs = (weights @ x - x.sum() / 2 for x in (right, pairs))
        return np.asarray(won / np.maximum(all_pairs, 1e-12))

    key = ("concordance", tuple(c.name for c in ctx.features))
    return ctx.real(key, build) if source == "real" else ctx.own(key, build)


def _few(ctx: EvalContext) -> bool:
    events = (censored(ctx, frame) for frame in (ctx.train, ctx.holdout))
    return min(int((event & known).sum()) for _, event, known in events) < MIN_CELL


@metric(
    "utility.concordance",
    family="utility",
    title="Order of risk learnt from synthetic rows (Cox regression)",
    explanation="Near A1: people are put in the right order as often as after real rows.",
    direction="higher",
    ideal=1.0,
    floor="P",
    fresh="T",
    needs=("survival", "rows", "holdout"),
)
def order(ctx: EvalContext) -> list[Value]:
    """Harrell's C of the synthetic-trained Cox regression on the holdout.

    0 to 1, higher is better, 0.5 is guessing. Source: evaluation P3.
    """
    if _few(ctx):
        return [Value(None, status="suppressed", message=_FEW)]
    values, real = concordance(ctx, "synthetic"), concordance(ctx, "real")
    ci = interval(values)
    score = None if ci is None else ci[0] - 0.5
    message = f"Trained on real rows: {real[0]:.3f}."
    return [Value(float(values[0]), ci=ci, ci_method=BOOTSTRAP, score=score, message=message)]


@metric(
    "utility.delta_concordance",
    family="utility",
    title="Order of risk lost against real rows (Cox regression)",
    explanation="Near zero: nothing is lost by learning from synthetic rows.",
    direction="higher",
    floor="P",
    fresh="T",
    needs=("survival", "rows", "holdout"),
    null=0.0,
)
def order_lost(ctx: EvalContext) -> list[Value]:
    """C of the synthetic- minus that of the real-trained model, paired; 0 is ideal."""
    if _few(ctx):
        return [Value(None, status="suppressed", message=_FEW)]
    paired = concordance(ctx, "synthetic") - concordance(ctx, "real")
    spread = float(np.nanstd(paired[1:]))
    return [
        Value(float(paired[0]), ci=interval(paired), ci_method=f"paired {BOOTSTRAP}",
              mde=POWER * spread, message="Difference in Harrell's C.")
    ]  # fmt: skip
