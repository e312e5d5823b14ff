"""What repeats a run: its facts, and the script that runs the plan again and compares bytes."""

from __future__ import annotations

import pprint
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict

from synthcraft.graph.records import Plan
from synthcraft.tools.codebook import Codebook
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.results import Withheld

_TEMPLATES = Path(__file__).parent / "templates"
_SHARED = Path(__file__).with_name("same_bytes.py")


class Reproduction(BaseModel):
    """Everything that a repeated run needs but the data.

    Attributes:
        data: file name -> SHA-256 of each file that the run was given.
        table: SHA-256 of the table read from them; keyed in a public pack.
        options: words of the command line that the plan does not hold.
        files: synthetic file -> its SHA-256.
        fits: candidate -> number of a further fit -> SHA-256 of its table, which is no file.
        environment: machine and versions of the recorded run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str
    version: str | None
    seed: int | Withheld
    options: tuple[str, ...] = ()
    data: dict[str, str] = {}
    table: str = ""
    plan: Plan | None = None
    codebook: Codebook | None = None
    files: dict[str, str] = {}
    fits: dict[str, dict[int, str]] = {}
    environment: dict[str, Any] = {}


def reproduction(record: ReportRecord) -> Reproduction:
    """The facts of a record; its candidates know the names of their files."""
    made = {
        c.id: {fit.number: fit.sha256 for fit in c.replicates if fit.status == "ok"}
        for c in record.results.candidates
    }
    return Reproduction(
        session=record.results.session,
        version=record.environment.get("synthcraft"),
        seed=record.results.seed,
        options=record.run_options,
        data=record.inputs,
        table=record.results.data.sha256,
        plan=record.plan,
        codebook=record.codebook.codebook if record.codebook else None,
        files={c.file: c.sha256 for c in record.results.candidates if c.file and c.sha256},
        fits={name: fits for name, fits in made.items() if fits},
        environment=record.environment,
    )


def reproduce_script(record: ReportRecord) -> str:
    """Source of a `reproduce.py` that needs nothing but the standard library and `synthcraft`."""
    told = reproduction(record)
    known = told.model_dump(mode="json", exclude={"fits", "environment"})
    facts = {name.upper(): value for name, value in known.items()} | {"FITS": told.fits}
    facts["PLAN"] = facts["PLAN"] or {}
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
    shared = _SHARED.read_text("utf-8").partition("\n\nSAME")
    template = environment.get_template("reproduce.py.j2")
    return template.render(facts=text, shared="".join(shared[1:]).strip())
