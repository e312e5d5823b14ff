"""The folder of an evaluation: report, results, tables of figures, and the plan behind them."""

from __future__ import annotations

import json
from pathlib import Path

from synthcraft.tools.artifacts import publish_texts
from synthcraft.tools.compare.record import Comparison
from synthcraft.tools.disclosure.comparison import Curves
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_yaml import plan_text
from synthcraft.tools.report.comparison import legacy_tables, pictures, render_comparison
from synthcraft.tools.report.gallery import tables


def write_comparison(
    released: Released[Comparison], curves: Released[Curves], plan: EvaluationPlan, out: Path
) -> dict[str, str]:
    """Write every file; returns name -> path. Files of the same name are replaced.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    record = released.value
    drawings = pictures(released, curves)
    texts = {
        "report.html": render_comparison(released, drawings),
        "results.json": json.dumps(record.payload(), indent=2, ensure_ascii=False) + "\n",
        "evaluation_plan.yaml": plan_text(plan),
        **tables(drawings.values()),
        **{table.file: table.csv for table in legacy_tables(record)},
    }
    return publish_texts(out, texts)
