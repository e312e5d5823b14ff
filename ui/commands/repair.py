"""`synthcraft doctor --repair`: what lies damaged in the workspace, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthcraft.ui.commands.doctor import Check

if TYPE_CHECKING:
    from synthcraft.graph.repair import Mended

_TO_MEND = "`synthcraft doctor --repair` mends it."


def as_check(one: Mended) -> Check:
    """A damage as a line of the doctor."""
    name, hint = f"{one.kind} {one.what}", one.hint
    if one.state == "found":
        return Check(name, "fail" if one.grave else "note", one.message, hint or _TO_MEND)
    if one.state == "mended":
        return Check(name, "ok", one.message, hint)
    return Check(name, "fail" if one.grave else "note", one.message, hint)
