"""Table 2: the columns of the real and the synthetic tables, side by side."""

from __future__ import annotations

from synthcraft.tools.inference.table2 import table2
from synthcraft.tools.procedures.registry import Answer, Question, procedure
from synthcraft.tools.report.printed import printed


@procedure("table2", "Distributions (Table 2)", needs=("synthetic",))
def run(asked: Question) -> Answer:
    """One table for each name. Source: evaluation P1."""
    return Answer(
        tuple(
            printed("table2", table2(asked.beside(name), asked.mode)).of(name)
            for name in asked.synthetic
        )
    )
