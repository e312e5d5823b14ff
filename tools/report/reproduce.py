"""The script that runs a recorded plan again and compares every synthetic file by its hash."""

from __future__ import annotations

import pprint
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from synthcraft.tools.report.record import ReportRecord

_TEMPLATES = Path(__file__).parent / "templates"


def _fits(record: ReportRecord) -> dict[str, dict[int, str]]:
    """Candidate -> number of a further fit, as `results.json` counts them -> SHA-256."""
    made = {
        c.id: {fit.number: fit.sha256 for fit in c.replicates if fit.status == "ok"}
        for c in record.results.candidates
    }
    return {name: fits for name, fits in made.items() if fits}


def reproduce_script(record: ReportRecord) -> str:
    """Source of a `reproduce.py` that needs nothing but the standard library and `synthcraft`."""
    plan = record.plan.model_dump(mode="json") if record.plan else {}
    facts = {
        "SESSION": record.results.session,
        "VERSION": record.environment.get("synthcraft"),
        "SEED": record.results.seed,
        "OPTIONS": list(record.run_options),
        "DATA": record.inputs,
        "TABLE": record.results.data.sha256,
        "PLAN": plan,
        "FILES": {c.file: c.sha256 for c in record.results.candidates if c.file and c.sha256},
        "FITS": _fits(record),
    }
    # Values reach the script through `repr` only, so no name or text can become code.
    text = {
        name: pprint.pformat(value, width=96, sort_dicts=False) for name, value in facts.items()
    }
    # The output is Python, not HTML: escaping would corrupt it.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=False,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("reproduce.py.j2").render(facts=text)
