"""Table 3: the same regression on real and on synthetic rows."""

from __future__ import annotations

from synthcraft.tools.inference.table3 import table3
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.report.printed import printed


@procedure("table3", "Regression (Table 3)", needs=("target", "synthetic"))
def run(asked: Question) -> Answer:
    """One table for each name. Source: evaluation P2."""
    return Answer(
        tuple(
            printed("table3", table3(asked.beside(name), asked.mode)).of(name)
            for name in asked.synthetic
        )
    )
