"""Croissant 1.1 metadata of the synthetic data set, with the fields of responsible use.

The context is written out, so that a reader asks nothing of the network.
"""

from __future__ import annotations

import hashlib
from typing import Any

from synthcraft.tools.pack import texts
from synthcraft.tools.pack.facts import PackFacts, table_file
from synthcraft.tools.table_schema import Column, Kind

CONFORMS = "http://mlcommons.org/croissant/1.1"
RAI = "http://mlcommons.org/croissant/RAI/1.0"
_TYPES: dict[Kind, str] = {
    "numeric": "sc:Float",
    "integer": "sc:Integer",
    "date": "sc:Date",
}
_OF_CROISSANT = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
    "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset",
    "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    **{name: f"cr:{name}" for name in _OF_CROISSANT},
}


def croissant(facts: PackFacts, files: dict[str, bytes]) -> dict[str, Any]:
    """The metadata; `files` are those of the pack, for their hashes."""
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [CONFORMS, RAI],
        "name": texts.title(facts),
        "description": (
            f"SYNTHETIC DATA. {texts.collection(facts)} The decision aid says: "
            f"{texts.decision(facts)}."
        ),
        "url": f"urn:synthcraft:session:{facts.session}",
        "license": texts.LICENCE,
        "version": "1.0.0",
        "datePublished": facts.day,
        "creator": {"@type": "sc:Organization", "name": "The custodian of the real data"},
        "citeAs": f"{texts.title(facts)}, {facts.record.software}, {facts.day}",
        "isLiveDataset": False,
        "prov:wasDerivedFrom": {"@id": facts.source_id},
        "rai:dataCollection": texts.collection(facts),
        "rai:dataUseCases": [texts.use(facts), f"Not: {texts.PROHIBITED}"],
        "rai:dataLimitations": [texts.limitations(facts)],
        "rai:dataBiases": [texts.biases(facts)],
        "rai:personalSensitiveInformation": [texts.SENSITIVE, *_sensitive(facts)],
        "rai:dataReleaseMaintenancePlan": texts.maintenance(facts),
        "distribution": [
            _file(table_file(c.id, ending), files[table_file(c.id, ending)], kind)
            for c in facts.candidates
            for ending, kind in (("parquet", "application/x-parquet"), ("csv", "text/csv"))
        ],
        "recordSet": [_records(c.id, facts) for c in facts.candidates],
    }


def _sensitive(facts: PackFacts) -> list[str]:
    named = facts.plan.sensitive
    return [f"Sensitive columns: {', '.join(named)}."] if named else []


def _file(name: str, data: bytes, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{len(data)} B",
        "encodingFormat": kind,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _records(candidate: str, facts: PackFacts) -> dict[str, Any]:
    fields = [_field(candidate, number, c, facts) for number, c in enumerate(facts.columns)]
    return {"@type": "cr:RecordSet", "@id": candidate, "name": candidate, "field": fields}


def _field(candidate: str, number: int, column: Column, facts: PackFacts) -> dict[str, Any]:
    """A column; its own name may hold signs that an identifier must not."""
    described = facts.described(column.name).said
    return {
        "@type": "cr:Field",
        "@id": f"{candidate}/{number}",
        "name": column.name,
        **({"description": described} if described else {}),
        "dataType": _TYPES.get(column.kind, "sc:Text"),
        "source": {
            "fileObject": {"@id": table_file(candidate)},
            "extract": {"column": column.name},
        },
    }
