"""The page of a case study, with its tables and figures as files, and the numbers as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthcraft.evals.case.batch import Found
from synthcraft.evals.case.merge import merged
from synthcraft.evals.case.picture import beside
from synthcraft.evals.case.protocol import MODES
from synthcraft.evals.case.records import CaseResults
from synthcraft.tools.artifacts import publish_texts
from synthcraft.tools.inference.table import Mode
from synthcraft.tools.procedures.record import Drawn, stamp_of
from synthcraft.tools.report.printed import Printed
from synthcraft.tools.report.render import stylesheet, templates

Parts = dict[Mode, Any]


def write(results: CaseResults, found: Found, out: Path) -> dict[str, str]:
    """Write every file; returns name -> path. Files of the same name are replaced.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    tables, figures = parts(found)
    picture = drawn(results)
    files = [*_flat(tables), *_flat(figures), *picture]
    texts = {
        "report.html": render(results, tables, figures, picture),
        "results.json": results.model_dump_json(indent=1) + "\n",
        **{each.file: each.csv for each in files},
    }
    return publish_texts(out, texts)


def render(
    results: CaseResults, tables: Parts, figures: Parts, picture: tuple[Drawn, ...] = ()
) -> str:
    """The whole page; equal results give equal bytes."""
    page = templates().get_template("case.html.j2")
    return page.render(
        results=results,
        tables=tables,
        figures=figures,
        picture=picture,
        modes=MODES,
        stamps={mode: stamp_of(mode) for mode in MODES},
        css=stylesheet(),
    )


def parts(found: Found) -> tuple[Parts, Parts]:
    """Tables and figures by mode; mode and engine are part of names, so that no file is lost."""
    tables: Parts = {}
    figures: Parts = {}
    for mode in MODES:
        answers = found.answers[mode]
        made = merged(Printed.model_validate(t) for answer in answers for t in answer["tables"])
        tables[mode] = [t.model_copy(update={"name": f"{mode}_{t.name}"}) for t in made]
        figures[mode] = [
            Drawn.model_validate(f | {"name": f"{mode}_{f['name']}_{answer['about']}"})
            for answer in answers
            for f in answer["figures"]
        ]
    return tables, figures


def drawn(results: CaseResults) -> tuple[Drawn, ...]:
    """The figure of what was printed beside what was found."""
    picture = beside(results)
    return () if picture is None else (Drawn.of(picture),)


def _flat(by_mode: Parts) -> Iterator[Any]:
    return (each for mode in MODES for each in by_mode[mode])
