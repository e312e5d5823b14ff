"""What the page shows of a project, part by part, as plain values: no Gradio in here."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from synthcraft.graph.contracts import Proposal
from synthcraft.graph.views import SessionInfo
from synthcraft.ui import data_tab, generators_tab, present, privacy_tab, tables, terms
from synthcraft.ui.project import Message, Project
from synthcraft.ui.text import md

Part = dict[str, dict[str, Any]]
"""Component name -> properties to set."""
NO_RESULTS = "No synthetic table has been made yet."


def screen(project: Project, infos: list[SessionInfo]) -> dict[str, Part]:
    """Every part of the page; parts change together or not at all."""
    return {
        "session": {"session": {"value": project.key}},
        "projects": _projects(project, infos),
        "chat": {"chat": {"value": _chat(project)}},
        "start": _start(project),
        "card": _card(project),
        "confirm": _confirm(project),
        "progress": _progress(project),
        "plan": _plan(project),
        "data": data_tab.part(project),
        "generators": generators_tab.part(project),
        "results": _results(project),
        "figures": _figures(project),
        "terms": terms.part(project),
        "history": _history(project),
        "privacy": privacy_tab.part(project),
        "report": _report(project),
    }


def changed(parts: dict[str, Part], seen: str, boot: str = "") -> tuple[Part, str]:
    """Only what a tab does not show yet from this run of the server, and the note of it."""
    old = _read(seen)
    now = {name: _digest(part, boot) for name, part in parts.items()}
    fresh: Part = {}
    for name, part in parts.items():
        if old.get(name) != now[name]:
            fresh.update(part)
    return fresh, json.dumps(now)


def _read(seen: str) -> dict[str, str]:
    try:
        value = json.loads(seen or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _digest(part: Part, boot: str) -> str:
    return hashlib.sha256(json.dumps([boot, part], default=str).encode()).hexdigest()[:12]


def _chat(project: Project) -> list[dict[str, Any]]:
    shown = [_message(message) for message in project.messages]
    if project.busy:
        title = project.activity[-1] if project.activity else "Working"
        entry = _message(
            Message(role="assistant", text=present.steps(project.activity) or "…", title=title)
        )
        entry["metadata"]["status"] = "pending"
        shown.append(entry)
    return shown


def _message(message: Message) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.title:
        entry["metadata"] = {"title": md(message.title), "status": "done"}
    return entry


def _projects(project: Project, infos: list[SessionInfo]) -> Part:
    choices = [(present.project_label(info), info.session) for info in infos]
    keys = [key for _, key in choices]
    value = project.key if project.key in keys else None
    return {"projects": {"choices": choices, "value": value, "visible": bool(choices)}}


def _start(project: Project) -> Part:
    begun = project.view is not None or project.busy
    names = "".join(f"\n- {md(file.name)}" for file in project.files)
    return {
        "start_box": {"visible": not begun},
        "staged": {
            "value": f"Ready to start with:{names}" if names else "",
            "visible": bool(names),
        },
        "begin": {"interactive": bool(project.files)},
    }


def _card(project: Project) -> Part:
    proposal = project.view.proposal if project.gate and project.view else None
    if proposal is None:
        return {
            "card_box": {"visible": False},
            "gate": {"value": ""},
            "change_box": {"visible": False},
        }
    return {
        "card_box": {"visible": True},
        "card": {"value": present.card(proposal)},
        "card_table": {"value": tables.card_table(proposal)},
        "gate": {"value": project.gate},
        "approve": {"value": "Answer" if proposal.question else "Approve"},
        "change": {"visible": not proposal.question},
        **_change_box(proposal),
    }


def _change_box(proposal: Proposal) -> Part:
    asked = bool(proposal.question)
    label = "What matters to you here?" if asked else "What is missing or wrong?"
    choices = [(present.aspect(name), name) for name in proposal.aspects]
    return {
        "change_box": {"visible": asked},
        "reasons": {"choices": choices, "value": [], "label": label, "visible": bool(choices)},
        "wish": {"value": ""},
        "send_change": {"visible": not asked},
    }


def _confirm(project: Project) -> Part:
    asked = project.confirm
    return {
        "confirm_box": {"visible": asked is not None},
        "confirm_text": {"value": f"**{md(asked.text)}**" if asked else ""},
    }


def _progress(project: Project) -> Part:
    view = project.view
    paused = view is not None and view.status in ("interrupted", "running", "failed")
    return {
        "progress_box": {"visible": project.busy},
        "progress": {"value": present.progress(project.jobs.values())},
        "go_on": {"visible": paused and not project.busy},
    }


def _plan(project: Project) -> Part:
    view = project.view
    if view is None:
        words = "reading the data" if project.busy else "nothing has been read yet"
        return {
            "status": {"value": f"**New project** · {words}"},
            "plan": {"value": present.plan(None)},
        }
    return {
        "status": {"value": present.status(view, busy=project.busy)},
        "plan": {"value": present.plan(view)},
    }


def _results(project: Project) -> Part:
    view = project.view
    if view is None or not view.candidates:
        return {"results": {"value": ""}, "results_notes": {"value": NO_RESULTS}}
    measures = project.sheets.measures if project.sheets else {}
    compared = {metric: terms.compared(measure) for metric, measure in measures.items()}
    table = tables.results(view.candidates, view.verdicts, compared)
    return {
        "results": {"value": tables.html_table(table, "Candidates and their results")},
        "results_notes": {"value": present.verdict_notes(view.verdicts)},
    }


def _figures(project: Project) -> Part:
    album = project.album
    return {
        "figures_box": {"visible": bool(album.version)},
        "figure": {"choices": album.choices, "visible": bool(album.choices)},
        "version": {"value": album.version},
    }


def _history(project: Project) -> Part:
    table = tables.history(project.lines)
    choices = [
        (present.checkpoint_label(line), line.checkpoint) for line in reversed(project.lines)
    ]
    return {
        "history": {"value": tables.html_table(table, "Every step, the newest first")},
        "checkpoint": {"choices": choices, "value": None, "visible": bool(choices)},
        "revert": {"visible": bool(choices), "interactive": not project.busy},
        "no_history": {"visible": not choices},
    }


def _report(project: Project) -> Part:
    report = next((path for path in project.downloads if path.name == "report.html"), None)
    files = [str(path) for path in project.downloads]
    return {
        "report_note": {"visible": not files},
        "report": {"value": str(report) if report else None, "visible": report is not None},
        "files": {"value": files or None, "visible": bool(files)},
        "prepare": {"visible": project.view is not None},
    }
