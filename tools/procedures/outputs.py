"""The folder of an analysis: report, results, and each table and figure as CSV."""

from __future__ import annotations

import json
from pathlib import Path

from synthcraft.tools.artifacts import publish_texts
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.procedures.record import Analysis
from synthcraft.tools.report.render import stylesheet, templates


def write_analysis(released: Released[Analysis], out: Path) -> dict[str, str]:
    """Write every file; returns name -> path. Files of the same name are replaced.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    record = released.value
    texts = {
        "report.html": render_analysis(released),
        "results.json": json.dumps(record.payload(), indent=2, ensure_ascii=False) + "\n",
        **{each.file: each.csv for each in record.tables},
        **{each.file: each.csv for each in record.figures},
    }
    return publish_texts(out, texts)


def render_analysis(released: Released[Analysis]) -> str:
    """The whole page; equal records give equal bytes."""
    page = templates().get_template("analysis.html.j2")
    return page.render(record=released.value, css=stylesheet())
