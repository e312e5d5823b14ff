"""The tab Project: what this one is called, and all that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from synthcraft.graph.naming import LONGEST
from synthcraft.graph.views import SessionInfo
from synthcraft.ui import codebook_view, tables
from synthcraft.ui.text import md, one_line, plain

if TYPE_CHECKING:
    from synthcraft.ui.project import Project

HEADERS = ["Project", "Data", "State", "Waits for", "Last change (UTC)", "Id"]
_STATE = {"interrupted": "paused", "waiting": "waits for you"}


def layout(page: SimpleNamespace) -> None:
    """Name and delete this project, and the table of all."""
    import gradio as gr

    with gr.Row():
        page.title = gr.Textbox(
            "", label="Name of this project", max_length=LONGEST, max_lines=1, scale=4
        )
        page.rename = gr.Button("Save the name", scale=1, min_width=140)
    page.delete = gr.Button("Delete this project…", size="sm", visible=False)
    page.all_projects = gr.HTML("", elem_id="sc-all-projects", padding=False)


def codebook_layout(page: SimpleNamespace) -> None:
    """A codebook in the start box: the file, what was read of it, yes or no."""
    import gradio as gr

    from synthcraft.tools.codebook import LIMITS, SUFFIXES
    from synthcraft.ui.layout_tabs import PLAIN

    size = f"{LIMITS.max_bytes / 1e6:.0f} MB, {LIMITS.max_rows:,} rows"
    with gr.Accordion("Codebook (what the columns mean)", open=False, elem_id="sc-codebook"):
        page.codebook_file = gr.File(
            label=f"CSV or Excel, up to {size}: column, meaning, unit, codes, valid range",
            file_types=list(SUFFIXES),
            height=150,
        )
        with gr.Column(visible=False) as page.codebook_box:
            page.codebook_notes = gr.Markdown("", **PLAIN)
            page.codebook_table = gr.HTML("", padding=False)
            page.codebook_without = gr.Dropdown(
                [], label="Leave out what it says of (optional)", multiselect=True
            )
            with gr.Row():
                page.use_codebook = gr.Button("It is right: use it", variant="primary", size="sm")
                page.drop_codebook = gr.Button("Do not use it", size="sm")


def part(project: Project, infos: Sequence[SessionInfo]) -> dict[str, dict[str, Any]]:
    """Properties of the tab's components."""
    return {
        "delete": {"visible": project.view is not None, "interactive": not project.busy},
        "all_projects": {
            "value": tables.sortable((HEADERS, [row(info) for info in infos]), "All projects")
        },
    }


def codebook_part(project: Project) -> dict[str, dict[str, Any]]:
    """Properties of the codebook in the start box."""
    found = project.codebook
    if found is None:
        return {"codebook_box": {"visible": False}}
    agreed = project.agreed
    state = (
        f"**In use for {len(agreed.entries)} columns.**"
        if agreed
        else ("**Nothing of it is used yet.** Is this what it says?")
    )
    return {
        "codebook_box": {"visible": True},
        "codebook_notes": {"value": "\n\n".join([state, *map(md, found.notes)])},
        "codebook_table": {
            "value": tables.html_table(
                (codebook_view.HEADERS, codebook_view.rows(found)), "What was read of the codebook"
            )
        },
        "codebook_without": {"choices": [m.entry.name for m in found.matched], "value": []},
        "use_codebook": {"visible": agreed is None},
    }


def row(info: SessionInfo) -> list[str]:
    """A project as a line of the table."""
    when = info.updated[:16].replace("T", " ")
    state = stands(info)
    waits = plain(info.waiting_for) if info.waiting_for else "–"
    return [info.called, info.name, state, waits, when, info.session[:6]]


def stands(info: SessionInfo) -> str:
    """How a project stands; whose it is, where stewards see it too."""
    if not (info.owner and info.handed_over):
        return _STATE.get(info.status, info.status)
    waits = info.status == "waiting"
    return f"{'release waits' if waits else info.status}, by {info.owner}"


def labels(infos: Sequence[SessionInfo]) -> list[tuple[str, str]]:
    """Projects as choices of a list; those of one name are told apart by their ids."""
    times = Counter(info.called for info in infos)
    return [(label(info, unique=times[info.called] == 1), info.session) for info in infos]


def label(info: SessionInfo, unique: bool) -> str:
    """One project as a choice in a list."""
    when = info.updated[5:16].replace("T", " ")
    state = stands(info)
    parts = [info.called, *([] if unique else [info.session[:6]]), state, when]
    return one_line(" · ".join(parts))
