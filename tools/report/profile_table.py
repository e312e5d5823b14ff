"""The table of columns: kind, role, missing share and remarks, with small counts withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthcraft.graph.records import Plan
from synthcraft.tools.disclosure.rounding import MIN_CELL, apart
from synthcraft.tools.report.words import UNKNOWN, number, percent

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
    present: str
    absent: str
    missing: str
    remarks: tuple[str, ...]


def profile_rows(
    profile: Mapping[str, Any] | None, plan: Plan | None, least: int = MIN_CELL
) -> list[ColumnRow]:
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
                missing=missing_words(share, total, least),
                **_counts(share, total, least),
                remarks=_remarks(name, profile),
            )
        )
    return rows


def missing_words(share: float | None, total: int, least: int = MIN_CELL) -> str:
    """Share of missing cells, withheld where it would count fewer than ten people."""
    if share is None:
        return UNKNOWN
    if share <= 0:
        return "none"
    if total and round(share * total) < least:
        return f"fewer than {least} rows"
    if total and round((1 - share) * total) < least:
        return "all or nearly all"
    return percent(share)


def _counts(share: float | None, total: int, least: int) -> dict[str, str]:
    """Values there and not there; where one is few, the other would tell it and goes too."""
    if share is None or not total:
        return {"present": UNKNOWN, "absent": UNKNOWN}
    absent = round(share * total)
    present, gone = apart(total - absent, absent, least)
    return {"present": number(present), "absent": number(gone)}


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
