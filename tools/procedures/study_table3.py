"""Table 3: the same regression on real and on synthetic rows."""

from __future__ import annotations

import numpy as np

from synthcraft.graph.errors import DataError
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.inference.table3 import compared, table3
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.report.printed import printed


@procedure("table3", "Regression (Table 3)", needs=("target", "synthetic"))
def run(asked: Question) -> Answer:
    """One table for each name. Source: evaluation P2."""
    # one context a name, so that no model is fitted for the table and again for its number
    beside = {name: asked.beside(name) for name in asked.synthetic}
    return Answer(
        tuple(printed("table3", table3(ctx, asked.mode)).of(name) for name, ctx in beside.items()),
        facts=tuple(f for name, ctx in beside.items() for f in _overlap(ctx, asked.mode, name)),
    )


def _overlap(ctx: EvalContext, mode: Mode, name: str) -> tuple[Fact, ...]:
    """How far the intervals of the real and the synthetic coefficients overlap, on average."""
    try:
        found = compared(ctx, mode)
        overlaps = found.overlap[found.known]
    except DataError:
        return ()
    if not len(overlaps):
        return ()
    return (Fact(name="mean interval overlap", about=name, value=float(np.mean(overlaps))),)
