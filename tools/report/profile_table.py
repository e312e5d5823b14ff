"""The table of columns: kind, role, missing share and remarks, with small counts withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthcraft.graph.records import Plan
from synthcraft.tools.report.words import UNKNOWN, percent

_SMALLEST_COUNT = 10
_REMARKS = {
    ("schema_section", "constant"): "constant",
    ("schema_section", "near_constant"): "nearly constant",
    ("schema_section", "high_cardinality"): "many levels",
    ("missingness", "all_missing"): "no values at all",
    ("identifiers", "free_text"): "free text",
    ("identifiers", "repeated"): "several rows per person",
}


@dataclass(frozen=True)
class ColumnRow:
    """One line of the table."""

    name: str
    kind: str
    role: str
    marks: tuple[str, ...]
    missing: str
    remarks: tuple[str, ...]


def profile_rows(profile: Mapping[str, Any] | None, plan: Plan | None) -> list[ColumnRow]:
    """Lines from a dumped `Profile`; a section that was not computed leaves a dash."""
    profile = profile or {}
    schema = _section(profile, "schema_section")
    total = int(schema.get("rows") or 0)
    rows = []
    for column in schema.get("columns") or ():
        name = str(column.get("name", UNKNOWN))
        share = column.get("missing")
        rows.append(
            ColumnRow(
                name=name,
                kind=str(column.get("kind", UNKNOWN)),
                role=_role(name, plan),
                marks=_marks(name, plan),
                missing=missing_words(share, total),
                remarks=_remarks(name, profile),
            )
        )
    return rows


def missing_words(share: float | None, total: int) -> str:
    """Share of missing cells, withheld where it would count fewer than ten people."""
    if share is None:
        return UNKNOWN
    if share <= 0:
        return "none"
    if total and round(share * total) < _SMALLEST_COUNT:
        return f"fewer than {_SMALLEST_COUNT} rows"
    if total and round((1 - share) * total) < _SMALLEST_COUNT:
        return "all or nearly all"
    return percent(share)


def _section(profile: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = profile.get(name)
    return found if isinstance(found, Mapping) else {}


def _role(name: str, plan: Plan | None) -> str:
    if plan is None:
        return UNKNOWN
    role = "target" if name == plan.target else plan.roles.get(name, "feature")
    return role.replace("_", " ")


def _marks(name: str, plan: Plan | None) -> tuple[str, ...]:
    if plan is None:
        return ()
    groups = {
        "sensitive": plan.sensitive,
        "protected": plan.protected,
        "quasi-identifier": plan.quasi_identifiers,
    }
    return tuple(mark for mark, names in groups.items() if name in names)


def _remarks(name: str, profile: Mapping[str, Any]) -> tuple[str, ...]:
    found = [
        words
        for (part, key), words in _REMARKS.items()
        if name in (_section(profile, part).get(key) or ())
    ]
    reason = (_section(profile, "identifiers").get("columns") or {}).get(name)
    return (*found, str(reason)) if reason else tuple(found)
