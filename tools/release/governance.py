"""What was said at the gates, as the report's chapters on use and source take it."""

from __future__ import annotations

from collections.abc import Iterable

from synthcraft.tools.audit import Entry
from synthcraft.tools.release.gates import statements
from synthcraft.tools.report.governance import Governance

_FIELDS = {
    "custodian": "custodian",
    "legal_basis": "legal_basis",
    "ethics_ref": "ethics",
    "contact": "contact",
    "withdrawal_route": "withdrawal",
    "retest": "review",
}
"""Field of a gate -> field of the report."""
PUBLIC = ("access", "contact", "withdrawal", "review", "prohibited", "purpose", "users")
"""What everybody may read of it."""


def governance(entries: Iterable[Entry]) -> Governance:
    """The last word on every field, with tier and terms of the last release that still holds."""
    kept = list(entries)
    said: dict[str, str] = {}
    for statement in statements(kept):
        said |= {_FIELDS[k]: v for k, v in statement.fields.items() if k in _FIELDS}
    gone = {e.body.get("release") for e in kept if e.body.get("kind") == "withdrawal"}
    for body in (e.body for e in kept if e.body.get("kind") == "release"):
        if body.get("id") not in gone:
            said["access"] = f"{body['tier']}, until {body['until']}; terms of use: {body['terms']}"
    return Governance.model_validate(said)


def for_everybody(said: Governance) -> Governance:
    """The same as a public pack may have it."""
    return Governance.model_validate(said.model_dump(include=set(PUBLIC)))
