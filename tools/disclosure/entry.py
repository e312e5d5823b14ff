"""Output control of the audit log: what an entry may say of real people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthcraft.tools.disclosure.released import Released, seal
from synthcraft.tools.disclosure.rounding import MIN_CELL, count
from synthcraft.tools.disclosure.sentences import said

_SENTENCES = ("message", "title")
"""Fields that the program writes; what a person typed stays as it was typed."""


def released_entry(body: Mapping[str, Any], least: int = MIN_CELL) -> Released[dict[str, Any]]:
    """An entry as it may be written: logs leave with projects. Source: evaluation 5.5."""
    told = {name: said(body[name], least) for name in _SENTENCES if name in body}
    if isinstance(source := body.get("source"), Mapping):
        notes = said(list(source.get("notes") or ()), least)
        people = count(int(source.get("rows") or 0), least) or 0
        told["source"] = {**source, "rows": people, "notes": notes}
    return seal({**body, **told}, "log")
