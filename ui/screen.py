"""What the page shows of a project, part by part, as plain values: no Gradio in here."""

from __future__ import annotations

import time
from typing import Any

from synthcraft.graph.contracts import Proposal
from synthcraft.graph.views import SessionInfo
from synthcraft.ui import (
    data_tab,
    fields,
    gates_tab,
    generators_tab,
    history_tab,
    present,
    privacy_tab,
    projects_tab,
    results_tab,
    tables,
    terms,
)
from synthcraft.ui.project import Message, Project
from synthcraft.ui.tab_memory import Part
from synthcraft.ui.text import md


def screen(project: Project, infos: list[SessionInfo]) -> dict[str, Part]:
    """Every part of the page; parts change together or not at all."""
    return {
        "projects": _projects(project, infos),
        "chat": {"chat": {"value": _chat(project)}},
        "start": _start(project),
        "codebook": projects_tab.codebook_part(project),
        "all": projects_tab.part(project, infos),
        # Apart from the list, or news of another project would take away a name being typed.
        "title": {"title": {"value": project.title}},
        "card": _card(project) | fields.part(project),
        "confirm": _confirm(project),
        "progress": _progress(project),
        "plan": _plan(project),
        "data": data_tab.part(project),
        "generators": generators_tab.part(project),
        "results": results_tab.part(project),
        "figures": _figures(project),
        "terms": terms.part(project),
        "history": history_tab.part(project),
        "privacy": privacy_tab.part(project),
        "report": _report(project),
        "gates": gates_tab.part(project),
    }


def _chat(project: Project) -> list[dict[str, Any]]:
    shown = [_message(message) for message in project.messages]
    if project.answering:
        shown.append(_message(Message(role="assistant", text=f"{md(project.answering)} …")))
    elif project.busy:
        title = project.activity[-1] if project.activity else "Working"
        entry = _message(
            Message(role="assistant", text=present.steps(project.activity) or "…", title=title)
        )
        entry["metadata"]["status"] = "pending"
        shown.append(entry)
    return shown


def _message(message: Message) -> dict[str, Any]:
    told = [part for part in (md(message.who), _time(message.at)) if part]
    caption = f"\n\n*{' · '.join(told)}*" if told else ""
    entry: dict[str, Any] = {"role": message.role, "content": f"{message.text}{caption}"}
    if message.title:
        entry["metadata"] = {"title": md(message.title), "status": "done"}
    return entry


def _time(at: str) -> str:
    """Day and minute of a UTC time."""
    return f"{at[:10]} {at[11:16]} UTC" if at else ""


def _projects(project: Project, infos: list[SessionInfo]) -> Part:
    choices = projects_tab.labels(infos)
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
    proposal = project.card
    if proposal is None:
        return {
            "card_box": {"visible": False},
            "gate": {"value": ""},
            "change_box": {"visible": False},
        }
    measures = project.sheets.measures if project.sheets else {}
    return {
        "card_box": {"visible": True},
        "card": {"value": present.card(proposal)},
        "card_table": {"value": tables.card_table(proposal, results_tab.on_card(measures))},
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
        "progress": {"value": present.progress(project.jobs.values(), time.monotonic())},
        "go_on": {"visible": paused and not project.busy},
    }


def _plan(project: Project) -> Part:
    view = project.view
    if view is None:
        words = "reading the data" if project.busy else "nothing has been read yet"
        return {
            "status": {"value": f"**New project** · {words}"},
            "plan": {"value": present.plan(None, busy=project.busy)},
        }
    return {
        "status": {"value": present.status(view, project.title, busy=project.busy)},
        "plan": {"value": present.plan(view, busy=project.busy)},
    }


def _figures(project: Project) -> Part:
    album = project.album
    return {
        "figures_box": {"visible": bool(album.version)},
        "figure": {"choices": album.choices, "visible": bool(album.choices)},
        "version": {"value": album.version},
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
