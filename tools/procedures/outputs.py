"""The folder of an analysis: report, results, and each table and figure as CSV."""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import Markup

from synthcraft.tools.artifacts import replace_file, store_error
from synthcraft.tools.procedures.record import Analysis
from synthcraft.tools.report.render import templates

_TEMPLATES = Path(__file__).parents[1] / "report" / "templates"


def write_analysis(record: Analysis, out: Path) -> dict[str, str]:
    """Write every file; returns name -> path. Files of the same name are replaced.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    texts = {
        "report.html": render_analysis(record),
        "results.json": json.dumps(record.payload(), indent=2, ensure_ascii=False) + "\n",
        **{each.file: each.csv for each in record.tables},
        **{each.file: each.csv for each in record.figures},
    }
    try:
        for name, text in texts.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(out / name, [text.encode("utf-8", "replace")], mode=0o644)
    except OSError as error:
        raise store_error(error, out) from error
    return {name: str(out / name) for name in texts}


def render_analysis(record: Analysis) -> str:
    """The whole page; equal records give equal bytes."""
    css = Markup((_TEMPLATES / "report.css").read_text("utf-8"))
    return templates().get_template("analysis.html.j2").render(record=record, css=css)
