"""PROV-JSON: what came from what, by which activity, and who is responsible.

The real data are an entity without a place: an identifier and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthcraft.tools.pack.facts import PackFacts, table_file

_REAL, _TOOL, _PERSON, _PLAN = "sc:real-data", "sc:software", "sc:agent", "sc:plan"


def prov(facts: PackFacts) -> dict[str, Any]:
    """The document, as PROV-JSON has it: relations by kind, each under a name of its own."""
    activities = {f"sc:fit-{n}": c for n, c in enumerate(facts.record.results.candidates)}
    made = {name: c for name, c in activities.items() if c.id in facts.there}
    relations: dict[str, list[dict[str, str]]] = {
        "used": [
            {"prov:activity": name, "prov:entity": entity}
            for name in activities
            for entity in (_REAL, _PLAN)
        ],
        "wasGeneratedBy": [{"prov:entity": _table(name), "prov:activity": name} for name in made],
        "wasDerivedFrom": [
            {"prov:generatedEntity": _table(name), "prov:usedEntity": _REAL} for name in made
        ],
        "wasAssociatedWith": [
            {"prov:activity": name, "prov:agent": agent}
            for name in activities
            for agent in (_PERSON, _TOOL)
        ],
        "actedOnBehalfOf": [{"prov:delegate": _TOOL, "prov:responsible": _PERSON}],
    }
    return {
        "prefix": {"sc": f"urn:synthcraft:{facts.session}:"},
        "entity": dict(_entities(facts, made)),
        "activity": {name: _activity(facts, c.id, c.status) for name, c in activities.items()},
        "agent": dict(_agents(facts)),
        **{
            kind: {f"_:{kind}{n}": relation for n, relation in enumerate(each)}
            for kind, each in relations.items()
            if each
        },
    }


def _table(activity: str) -> str:
    return activity.replace("fit", "table")


def _entities(facts: PackFacts, made: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    yield _REAL, {"prov:label": "the real data, which are not here", "sc:id": facts.source_id}
    yield _PLAN, {"prov:label": "the agreed plan", "sc:file": "plan.json"}
    for name, candidate in made.items():
        yield (
            _table(name),
            {
                "prov:label": f"SYNTHETIC DATA: {candidate.id}",
                "sc:file": table_file(candidate.id),
                "sc:sha256": candidate.sha256,
            },
        )


def _activity(facts: PackFacts, candidate: str, status: str) -> dict[str, str]:
    begin, end = facts.times.get(candidate, ("", ""))
    known = {"prov:startTime": begin, "prov:endTime": end} if end else {}
    return {"prov:label": f"training and sampling of {candidate}", "sc:status": status, **known}


def _agents(facts: PackFacts) -> Iterator[tuple[str, dict[str, str]]]:
    kind = "prov:SoftwareAgent" if facts.automatic else "prov:Person"
    yield _PERSON, {"prov:type": kind, "prov:label": facts.agent}
    yield _TOOL, {"prov:type": "prov:SoftwareAgent", "prov:label": facts.record.software}
