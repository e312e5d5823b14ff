"""The RO-Crate of a pack: its files, and each training as an action of a Process Run Crate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from synthcraft.tools.pack import texts
from synthcraft.tools.pack.facts import PackFacts, table_file
from synthcraft.tools.report.results import CandidatePart

NAME = "ro-crate-metadata.json"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_SPEC = "https://w3id.org/ro/crate/1.1"
_TOOL, _AGENT = "#synthcraft", "#agent"
_EVALUATION = "#evaluation"
_FORMATS = {
    "html": "text/html", "json": "application/json", "csv": "text/csv", "md": "text/markdown",
    "txt": "text/plain", "py": "text/x-python", "yaml": "application/yaml", "svg": "image/svg+xml",
    "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet",
    "pem": "application/x-pem-file", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
_DONE, _FAILED = (f"http://schema.org/{end}ActionStatus" for end in ("Completed", "Failed"))
Entity = dict[str, Any]


def crate(facts: PackFacts, files: dict[str, bytes], about: dict[str, str]) -> dict[str, Any]:
    """The metadata file; `about` says in words what the main files are."""
    actions = [_training(c, facts) for c in facts.record.results.candidates]
    if facts.record.results.results:
        actions.append(_evaluation(facts, files))
    return {
        "@context": CONTEXT,
        "@graph": [
            {
                "@id": NAME,
                "@type": "CreativeWork",
                "conformsTo": _ref(_SPEC),
                "about": _ref("./"),
            },
            _root(facts, files, actions),
            {
                "@id": PROFILE,
                "@type": "CreativeWork",
                "name": "Process Run Crate",
                "version": "0.5",
            },
            *_who(facts),
            _source(facts),
            *(_file(name, data, about.get(name, "")) for name, data in files.items()),
            *actions,
        ],
    }


def _ref(name: str) -> Entity:
    return {"@id": name}


def _refs(names: Iterable[str]) -> list[Entity]:
    return [_ref(name) for name in names]


def _root(facts: PackFacts, files: dict[str, bytes], actions: list[Entity]) -> Entity:
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": _ref(PROFILE),
        "name": f"Evidence pack ({facts.level}): {texts.title(facts)}",
        "description": f"{texts.collection(facts)} {texts.use(facts)}",
        "datePublished": facts.day,
        "license": texts.LICENCE,
        "hasPart": _refs(files),
        "mentions": _refs(action["@id"] for action in actions),
    }


def _who(facts: PackFacts) -> Iterator[Entity]:
    kind = "SoftwareApplication" if facts.automatic else "Person"
    yield {"@id": _AGENT, "@type": kind, "name": facts.agent}
    version = facts.record.environment.get("synthcraft") or "unknown"
    yield {
        "@id": _TOOL,
        "@type": "SoftwareApplication",
        "name": "synthcraft",
        "softwareVersion": version,
        "softwareRequirements": _ref("constraints.txt"),
    }
    for name in dict.fromkeys(c.generator for c in facts.record.results.candidates):
        told = facts.record.generators.get(name, {})
        yield {
            "@id": _engine(name),
            "@type": "SoftwareApplication",
            "name": str(told.get("title") or name),
            "isPartOf": _ref(_TOOL),
            "softwareVersion": version,
        }


def _engine(generator: str) -> str:
    return f"#engine-{generator}"


def _source(facts: PackFacts) -> Entity:
    return {
        "@id": facts.source_id,
        "@type": "CreativeWork",
        "name": "The real data",
        "description": "Held by their custodian; an identifier alone, not part of this pack.",
    }


def _file(name: str, data: bytes, about: str) -> Entity:
    """A file; what is measured or drawn is told apart from synthetic rows."""
    synthetic = name.startswith("synthetic/")
    described = about or ("SYNTHETIC DATA" if synthetic else "")
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "contentSize": str(len(data)),
        "sha256": hashlib.sha256(data).hexdigest(),
        "encodingFormat": _FORMATS.get(name.rpartition(".")[2], "application/octet-stream"),
        **({"description": described} if described else {}),
    }


def _training(candidate: CandidatePart, facts: PackFacts) -> Entity:
    """One engine that ran, with what it made or why it made nothing."""
    begin, end = facts.times.get(candidate.id, ("", ""))
    made = [table_file(candidate.id, e) for e in ("parquet", "csv")]
    there = candidate.id in facts.there
    return {
        "@id": f"#training-{candidate.id}",
        "@type": "CreateAction",
        "name": f"Training and sampling of {candidate.id}",
        "instrument": _ref(_engine(candidate.generator)),
        "object": _refs([facts.source_id, "plan.json"]),
        "result": _refs(made) if there else [],
        "agent": _ref(_AGENT),
        "actionStatus": _ref(_DONE if candidate.status == "ok" else _FAILED),
        **({"startTime": begin, "endTime": end} if end else {}),
        **({} if candidate.status == "ok" else {"error": candidate.message or candidate.status}),
    }


def _evaluation(facts: PackFacts, files: dict[str, bytes]) -> Entity:
    results = [name for name in ("results.json", "report.html", "model_card.md") if name in files]
    tables = [table_file(name) for name in facts.there]
    return {
        "@id": _EVALUATION,
        "@type": "CreateAction",
        "name": "Evaluation against rows that no generator saw",
        "instrument": _ref(_TOOL),
        "object": _refs([*tables, facts.source_id, "evaluation_plan.yaml"]),
        "result": _refs(results),
        "agent": _ref(_AGENT),
        "endTime": facts.record.created,
        "actionStatus": _ref(_DONE),
    }
