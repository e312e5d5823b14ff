"""The files that leave: each is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from synthcraft.tools.artifacts import publish, store_error
from synthcraft.tools.audit import Entry
from synthcraft.tools.report.figure import file_part
from synthcraft.tools.report.gallery import Gallery, tables
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.render import pictures, render_html
from synthcraft.tools.report.reproduce import reproduce_script
from synthcraft.tools.report.results import CandidatePart

PREFIX = "SYNTHETIC__"


def write_outputs(
    record: ReportRecord,
    frames: Mapping[str, Path],
    out: Path,
    audit: Iterable[Entry] = (),
) -> dict[str, str]:
    """Write everything that a person takes away; returns name -> path of each file.

    Args:
        record: what the report shows; `file` of its candidates and `files` are filled in here.
        frames: candidate id -> Parquet file in the store. Its bytes are copied as they are, so
            that the released file is the evaluated one.
        out: folder to write to; made when missing, files of the same name are replaced.
        audit: entries of the session's audit log.

    Raises:
        StoreError: the folder cannot be written to or the disk is full.
    """
    names = {key: f"synthetic/{file_name(key)}.parquet" for key in frames}
    drawings = pictures(record)
    twins = tables(drawings.values())
    record = _with_files(record, names, twins)
    documents = _documents(record, drawings, audit) | twins
    written: dict[str, str] = {}
    try:
        for candidate in record.results.candidates:
            if candidate.id in frames:
                written |= _write_candidate(candidate, frames[candidate.id], out)
        for name, text in documents.items():
            publish(out / name, text.encode("utf-8", "replace"))
            written[name] = str(out / name)
    except OSError as error:
        raise store_error(error, out) from error
    return written


def file_name(candidate: str) -> str:
    """Name without ending; it says what the file is wherever it goes."""
    return PREFIX + file_part(candidate)


def _with_files(
    record: ReportRecord, names: Mapping[str, str], twins: Iterable[str]
) -> ReportRecord:
    """The record with the place of every file, relative to the folder that they are in."""
    candidates = [
        c.model_copy(update={"file": names[c.id]}) if c.id in names else c
        for c in record.results.candidates
    ]
    files = {name: name for name in (*_DOCUMENTS, *twins)} | {
        f"synthetic:{k}": v for k, v in names.items()
    }
    results = record.results.model_copy(update={"candidates": candidates, "files": files})
    return record.model_copy(update={"results": results})


_DOCUMENTS = (
    "report.html", "results.json", "plan.json", "evaluation_plan.yaml", "audit.jsonl",
    "reproduce.py",
)  # fmt: skip


def _documents(record: ReportRecord, drawings: Gallery, audit: Iterable[Entry]) -> dict[str, str]:
    plan = record.plan.model_dump(mode="json") if record.plan else {}
    texts = (
        render_html(record, drawings),
        _json(record.results.payload()),
        _json(plan),
        _evaluation_plan(record),
        "".join(entry.line().decode() for entry in audit),
        reproduce_script(record),
    )
    return dict(zip(_DOCUMENTS, texts, strict=True))


def _evaluation_plan(record: ReportRecord) -> str:
    """What `synthcraft evaluate --plan` takes."""
    from synthcraft.tools.plan_file import EvaluationPlan
    from synthcraft.tools.plan_yaml import plan_text

    entry = record.results.evaluation_plan
    return plan_text(EvaluationPlan.model_validate(entry.plan if entry else {}))


def _write_candidate(candidate: CandidatePart, source: Path, out: Path) -> dict[str, str]:
    """The Parquet file, the same table as CSV, and a card beside them."""
    stem = out / "synthetic" / file_name(candidate.id)
    parquet = source.read_bytes()
    table = _csv(source)
    card = {
        "synthetic": True,
        "note": "Synthetic data: the rows describe no one.",
        "candidate": candidate.id,
        "generator": candidate.generator,
        "claim_level": candidate.claim_level,
        "sha256": hashlib.sha256(parquet).hexdigest(),
        "csv_sha256": hashlib.sha256(table).hexdigest(),
        "report": "../report.html",
    }
    parts = {".parquet": parquet, ".csv": table, ".json": _json(card).encode()}
    for ending, data in parts.items():
        publish(stem.with_name(stem.name + ending), data)
    return {
        f"synthetic/{stem.name}{ending}": str(stem.with_name(stem.name + ending))
        for ending in parts
    }


def _csv(source: Path) -> bytes:
    import pandas as pd

    text: str = pd.read_parquet(source).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8", "replace")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
