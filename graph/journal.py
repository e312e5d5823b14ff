"""Every step leaves an entry in the audit log; the state holds only the head of its branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synthcraft.graph.deps import Deps
from synthcraft.graph.state import RunState
from synthcraft.tools.audit import AuditLog, audit_log, ledger_path
from synthcraft.tools.provenance import utc_now


def note(
    deps: Deps,
    state: RunState,
    kind: str,
    body: dict[str, Any],
    calls: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Append one entry after the head of this branch; returns the new head.

    It waits for the disk: a step of the graph calls it in a thread, and others go on meanwhile.

    Args:
        deps: the workspace.
        state: where the project stands.
        kind: of the entry.
        body: what was done.
        calls: jobs that the step asked for, by key, so that a repeated step writes the same entry.
    """
    entry = {"kind": kind, "at": utc_now(), **body, **_prompts(deps, state["session"])}
    if jobs := sorted(calls, key=lambda call: str(call["key"])):
        entry["jobs"] = jobs
    log = audit_log(deps.settings.home, state["session"])
    return log.append(entry, state.get("audit_head", ""))


def _prompts(deps: Deps, session: str) -> dict[str, Any]:
    """The last entry of the ledger of prompts: by its chain it stands for every one so far."""
    ledger = AuditLog(ledger_path(deps.settings.home, session))
    sent, last = ledger.tip()
    return {"ledger": {"entries": sent, "last": last}} if sent else {}
