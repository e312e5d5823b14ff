"""What left a project besides its export: each file is in the log by its hash."""

from __future__ import annotations

from pathlib import Path

from synthcraft.graph.deps import Deps
from synthcraft.graph.views import SessionView
from synthcraft.tools.artifacts import hash_file
from synthcraft.tools.audit import audit_log
from synthcraft.tools.provenance import utc_now


def note_left(deps: Deps, view: SessionView, files: dict[str, str]) -> None:
    """Enter files (name -> path) that were written for somebody to take away."""
    hashes = {name: hash_file(Path(path)) for name, path in files.items()}
    body = {"kind": "export", "at": utc_now(), "actor": deps.settings.actor, "files": hashes}
    audit_log(deps.settings.home, view.session).append(body, view.audit_head)
