"""Every step leaves an entry in the audit log; the state holds only the head of its branch."""

from __future__ import annotations

from typing import Any

from synthcraft.graph.deps import Deps
from synthcraft.graph.state import RunState
from synthcraft.tools.provenance import utc_now


def note(deps: Deps, state: RunState, kind: str, body: dict[str, Any]) -> str:
    """Append one entry after the head of this branch; returns the new head."""
    entry = {"kind": kind, "at": utc_now(), **body}
    return deps.toolbox(state).audit.append(entry, state.get("audit_head", ""))
