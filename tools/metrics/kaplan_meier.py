"""Kaplan–Meier curves of real and synthetic rows, where ten people stand behind each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.metrics.columns import Floats
from synthcraft.tools.metrics.scores import Bools
from synthcraft.tools.metrics.survival import censored

_STEPS = 20


def survival_share(time: Floats, event: Bools, at: Floats) -> Floats:
    """Share without the event after each of the times `at` (Kaplan–Meier), 0 to 1."""
    steps = np.unique(time[event])
    known = np.sort(time)
    at_risk = len(known) - np.searchsorted(known, steps, "left")
    happened = np.sort(time[event])
    events = np.searchsorted(happened, steps, "right") - np.searchsorted(happened, steps, "left")
    shares = np.concatenate([[1.0], np.cumprod(1 - events / at_risk)])
    return np.asarray(shares[np.searchsorted(steps, at, "right")])


def survival_curves(ctx: EvalContext) -> dict[str, Any]:
    """Rows source, time, share at the same times; between two times lie ten real events or more.

    Times are those of every tenth real event, or of every twentieth part of them, to three
    digits, as long as ten real people outlive them. Source: evaluation P3.
    """
    sides = [(s, censored(ctx, f)) for s, f in (("real", ctx.train), ("synthetic", ctx.synthetic))]
    time, event, known = sides[0][1]
    at = _times(time[known], event[known], ctx.least)
    if not len(at):
        return {"missing": {"survival": f"Under {ctx.least} real events."}}
    rows = [{"source": source, "time": 0.0, "share": 1.0} for source, _ in sides]
    for source, (t, e, k) in sides:
        shares = survival_share(t[k], e[k], at) if k.any() else np.full(len(at), np.nan)
        rows += [
            {"source": source, "time": float(f"{x:.3g}"), "share": round(float(s), 3)}
            for x, s in zip(at, shares, strict=True)
            if np.isfinite(s)
        ]
    return {"survival": rows}


def _times(time: Floats, event: Bools, least: int) -> Floats:
    happened = np.sort(time[event])
    step = max(least, -(-len(happened) // _STEPS))
    chosen = np.unique(happened[step - 1 :: step])
    outlived = len(time) - np.searchsorted(np.sort(time), chosen, "right")
    return np.asarray(chosen[outlived >= least])
