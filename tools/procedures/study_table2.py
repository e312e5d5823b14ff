"""Table 2: the columns of the real and the synthetic tables, side by side."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from synthcraft.tools.disclosure.rounding import share_of_rounded, to_five
from synthcraft.tools.inference.prevalence import prevalence
from synthcraft.tools.inference.table2 import table2
from synthcraft.tools.metrics.columns import level_codes
from synthcraft.tools.procedures.fact import Fact
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.report.printed import printed
from synthcraft.tools.stats.proportions import wilson


@procedure("table2", "Distributions (Table 2)", needs=("synthetic",))
def run(asked: Question) -> Answer:
    """One table for each name. Source: evaluation P1."""
    return Answer(
        tuple(
            printed("table2", table2(asked.beside(name), asked.mode)).of(name)
            for name in asked.synthetic
        ),
        facts=tuple(dict.fromkeys(f for name in asked.synthetic for f in _facts(asked, name))),
    )


def _facts(asked: Question, name: str) -> tuple[Fact, ...]:
    """The outcome's share among real rows (in rigorous mode those learnt from), and synthetic."""
    ctx, paper = asked.beside(name), asked.mode == "paper"
    found = prevalence(replace(ctx, replicates=()) if paper else ctx)
    if found is None or found.few:
        return ()
    real = pd.concat([ctx.train, ctx.validation, ctx.holdout]) if paper else ctx.train
    known = real[str(ctx.target)].dropna()
    events = int((level_codes(known, (found.event,)) == 0).sum())
    share = share_of_rounded(events, len(known))
    low, high = wilson(share, to_five(len(known)))
    value, least, most = (found.real * each for each in (found.ratio, found.low, found.high))
    return (
        Fact(name="prevalence", about="real", value=share, low=low, high=high),
        Fact(name="prevalence", about=name, value=value, low=least, high=most),
    )
