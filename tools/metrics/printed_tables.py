"""The analyses of the paper as tables beside the metrics that rest on the same models."""

from __future__ import annotations

from typing import Any

from synthcraft.tools.inference.discrimination import discrimination_table
from synthcraft.tools.inference.table2 import table2
from synthcraft.tools.inference.table3 import table3
from synthcraft.tools.inference.table_sensitivity import sensitivity_table
from synthcraft.tools.metrics.base import EvalContext
from synthcraft.tools.report.printed import printed


def printed_tables(ctx: EvalContext) -> dict[str, Any]:
    """Table 2, Table 3 with its sensitivity analyses and, for classes, the AUC of the real model.

    The regression is the one that the metrics of inference have fitted already, and the real model
    is kept for all files. Source: evaluation P1, P2, P3.
    """
    tables = [
        printed("table2", table2(ctx)),
        printed("table3", table3(ctx)),
    ]
    other = sensitivity_table(ctx)
    if other.rows or ctx.survey.names:
        tables.append(printed("table3_sensitivity", other))
    if ctx.task == "classification":
        tables.append(printed("discrimination_real", discrimination_table(ctx), real_alone=True))
    return {"tables": [table.model_dump(mode="json") for table in tables]}
