"""Every file of a pack, made in memory, then written: all of them or none."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthcraft.graph.errors import InputError
from synthcraft.tools.artifacts import publish, store_error
from synthcraft.tools.pack.crate import NAME as CRATE
from synthcraft.tools.pack.crate import crate
from synthcraft.tools.pack.croissant import croissant
from synthcraft.tools.pack.dictionary import dictionary
from synthcraft.tools.pack.ethics import NAME as ETHICS
from synthcraft.tools.pack.ethics import ethics
from synthcraft.tools.pack.facts import PackFacts, table_file
from synthcraft.tools.pack.levels import withheld
from synthcraft.tools.pack.model_card import model_card, readme
from synthcraft.tools.pack.provenance import prov
from synthcraft.tools.provenance import installed
from synthcraft.tools.report.figure import Picture
from synthcraft.tools.report.render import pictures
from synthcraft.tools.report.reproduce import Reproduction, reproduction
from synthcraft.tools.report.writers import as_json, outputs

MANIFEST = "manifest-sha256.txt"
REPRODUCTION = "reproduction.json"
ABOUT = {
    "report.html": "the report, one page that asks for nothing from outside",
    "model_card.md": "the generators: use, measures, limits",
    ETHICS: "for an ethics committee: protocol, flow of the data, risk, draft of a request",
    "data_dictionary.csv": "the columns, from plan and codebook",
    "results.json": "every number, machine-readable",
    "plan.json": "the agreed plan",
    "evaluation_plan.yaml": "what measured the tables; `synthcraft evaluate --plan` takes it",
    "croissant.json": "metadata of the synthetic data set (Croissant 1.1, with responsible use)",
    "prov.json": "what came from what (PROV-JSON)",
    CRATE: "this folder as a research object (RO-Crate, Process Run Crate 0.5)",
    "reproduce.py": "runs the plan again and compares the bytes",
    REPRODUCTION: "the same facts for `synthcraft reproduce`",
    "constraints.txt": "the version of every package",
    MANIFEST: "SHA-256 of every file",
}


@dataclass(frozen=True)
class Log:
    """The audit log as it may leave, with what checks it.

    Attributes:
        name: of the log; its signatures hold under this name alone.
        lines: without typed words.
        key: the public key.
        anchors: what the log was at its gates.
    """

    name: str
    lines: bytes
    key: str
    anchors: bytes

    @property
    def files(self) -> dict[str, bytes]:
        """Name -> content."""
        return {
            f"audit/{self.name}.jsonl": self.lines,
            "audit/key.pem": self.key.encode(),
            "audit/anchors.jsonl": self.anchors,
        }


def pack_files(
    facts: PackFacts, frames: Mapping[str, Path], log: Log | None = None
) -> dict[str, bytes]:
    """Name -> content of every file; `frames` are the tables in the store, by candidate."""
    drawings = pictures(facts.record)
    files = outputs(facts.record, frames, (), drawings)
    del files["audit.jsonl"]
    for each in drawings.values():
        drawn = (d for d in each if isinstance(d, Picture))
        files |= {f"figures/{d.name}.svg": d.svg.encode() for d in drawn}
    if facts.level != "steward":
        files["results.json"] = _json(withheld(json.loads(files["results.json"])))
    files |= {
        "model_card.md": model_card(facts).encode(),
        ETHICS: ethics(facts).encode(),
        "data_dictionary.csv": dictionary(facts).encode(),
        "constraints.txt": "".join(f"{line}\n" for line in installed()).encode(),
        REPRODUCTION: _json(_reproduction(facts).model_dump(mode="json")),
        "prov.json": _json(prov(facts)),
        **(log.files if log else {}),
    }
    about = {name: text for name, text in ABOUT.items() if name not in (CRATE, MANIFEST)}
    files["croissant.json"] = _json(croissant(facts, files))
    files["README.md"] = readme(facts, ABOUT | _folders(files)).encode()
    files[CRATE] = _json(crate(facts, files, about))
    return files | {MANIFEST: manifest(files)}


def manifest(files: Mapping[str, bytes]) -> bytes:
    """One line a file, as `sha256sum -c` reads it."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    return "".join(sorted(lines, key=lambda line: line[66:])).encode()


def write_pack(files: Mapping[str, bytes], out: Path) -> dict[str, str]:
    """Write the files into a folder of their own, all or none; returns name -> path.

    Raises:
        InputError: something is in the folder: levels must never mix.
        StoreError: it cannot be written to, or the disk is full.
    """
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InputError(
                f"{str(out)!r} is no empty folder.",
                "Choose a new one with --out: what lies in a pack must be of one level alone.",
            )
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=out.parent, prefix=".pack-"))
        try:
            for name, data in files.items():
                publish(beside / name, data)
            beside.chmod(0o755)
            beside.replace(out)
        finally:
            shutil.rmtree(beside, ignore_errors=True)  # what a full disk left half-written
    except OSError as error:
        raise store_error(error, out) from error
    return {name: str(out / name) for name in files}


def _reproduction(facts: PackFacts) -> Reproduction:
    tables = {table_file(c.id): c.sha256 for c in facts.candidates}
    return reproduction(facts.record).model_copy(update={"files": tables})


def _folders(files: Mapping[str, bytes]) -> dict[str, str]:
    """Folders that are there, in words."""
    told = {
        "synthetic": "the synthetic tables as Parquet and CSV, each with a label file",
        "figures": "the figures of the report, each with the numbers behind it as CSV",
        "tables": "tables of the report as CSV",
        "audit": "the signed audit log without typed words, its public key and anchors",
    }
    there = {name.partition("/")[0] for name in files if "/" in name}
    return {f"{name}/": text for name, text in told.items() if name in there}


def _json(value: Any) -> bytes:
    return as_json(value).encode("utf-8", "replace")
