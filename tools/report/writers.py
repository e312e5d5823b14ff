"""The files that leave: each is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from synthcraft.tools.artifacts import publish, store_error
from synthcraft.tools.audit import Entry
from synthcraft.tools.decision import expires
from synthcraft.tools.disclosure.released import Released
from synthcraft.tools.disclosure.report import released_report
from synthcraft.tools.labels import NOTE
from synthcraft.tools.report.figure import file_part
from synthcraft.tools.report.gallery import Gallery, tables
from synthcraft.tools.report.record import ReportRecord
from synthcraft.tools.report.render import page, pictures
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
    written: dict[str, str] = {}
    try:
        for name, data in outputs(record, frames, audit).items():
            publish(out / name, data)
            written[name] = str(out / name)
    except OSError as error:
        raise store_error(error, out) from error
    return written


def outputs(
    record: ReportRecord,
    frames: Mapping[str, Path],
    audit: Iterable[Entry] = (),
    drawings: Gallery | None = None,
) -> dict[str, bytes]:
    """The same files by name, before anything is written; `drawings` are the report's figures."""
    drawings = pictures(record) if drawings is None else drawings
    names = {key: f"synthetic/{file_name(key)}.parquet" for key in frames}
    twins = tables(drawings.values())
    record = _with_files(record, names, twins)
    made: dict[str, bytes] = {}
    for candidate in record.results.candidates:
        if candidate.id in frames:
            made |= _candidate_files(candidate, frames[candidate.id], record)
    texts = _documents(released_report(record), drawings, audit) | twins
    return made | {name: text.encode("utf-8", "replace") for name, text in texts.items()}


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


def _documents(
    released: Released[ReportRecord], drawings: Gallery, audit: Iterable[Entry]
) -> dict[str, str]:
    record = released.value
    plan = record.plan.model_dump(mode="json") if record.plan else {}
    texts = (
        page(released, drawings),
        as_json(record.results.payload()),
        as_json(plan),
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


def _candidate_files(
    candidate: CandidatePart, source: Path, record: ReportRecord
) -> dict[str, bytes]:
    """The Parquet file, the same table as CSV, and a card beside them."""
    stem = f"synthetic/{file_name(candidate.id)}"
    parquet = source.read_bytes()
    table = csv_of(source)
    card = {
        "synthetic": True,
        "note": NOTE,
        "candidate": candidate.id,
        "generator": candidate.generator,
        "claim_level": candidate.claim_level,
        "sha256": hashlib.sha256(parquet).hexdigest(),
        "csv_sha256": hashlib.sha256(table).hexdigest(),
        "software": record.software,
        "created": record.created[:10],
        "expires": expires(record.created),
        "report": "../report.html",
    }
    parts = {".parquet": parquet, ".csv": table, ".json": as_json(card).encode()}
    return {stem + ending: data for ending, data in parts.items()}


def csv_of(source: Path) -> bytes:
    """A kept table as CSV, byte for byte as it is released."""
    import pandas as pd

    from synthcraft.tools.writers import as_csv

    return as_csv(pd.read_parquet(source)).encode("utf-8", "replace")


def as_json(value: Any) -> str:
    """A document as it is written: indented, with letters of every language as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
