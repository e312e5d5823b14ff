"""The folder of an evaluation: report, results, tables of figures, and the plan behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthcraft.tools.artifacts import publish_texts
from synthcraft.tools.compare.record import Comparison
from synthcraft.tools.plan_file import EvaluationPlan
from synthcraft.tools.plan_yaml import plan_text
from synthcraft.tools.report.comparison import legacy_tables, pictures, render_comparison
from synthcraft.tools.report.gallery import tables
from synthcraft.tools.report.plot_data import PlotData


def write_comparison(
    record: Comparison,
    marginals: Mapping[str, Sequence[Mapping[str, Any]]],
    plot_data: Mapping[str, PlotData],
    plan: EvaluationPlan,
    out: Path,
) -> dict[str, str]:
    """Write every file; returns name -> path. Files of the same name are replaced.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    drawings = pictures(record, marginals, plot_data)
    texts = {
        "report.html": render_comparison(record, drawings),
        "results.json": json.dumps(record.payload(), indent=2, ensure_ascii=False) + "\n",
        "evaluation_plan.yaml": plan_text(plan),
        **tables(drawings.values()),
        **{table.file: table.csv for table in legacy_tables(record)},
    }
    return publish_texts(out, texts)
