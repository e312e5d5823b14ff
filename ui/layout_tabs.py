"""The tabs beside the conversation that show data, generators, what left, and terms."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr

from synthcraft.ui import model_settings
from synthcraft.ui.data_tab import ROLES
from synthcraft.ui.privacy_tab import NEVER

PLAIN: dict[str, Any] = {"latex_delimiters": [], "sanitize_html": True}
"""Markdown without formulas and without markup."""


def data(page: SimpleNamespace) -> None:
    """Source, columns and, while the intake card lies open, their roles."""
    page.data_head = gr.Markdown("", elem_id="sc-data-head", **PLAIN)
    with gr.Column(visible=False, elem_id="sc-roles") as page.role_box:
        with gr.Row():
            page.role_columns = gr.Dropdown(
                [], label="Columns to change", multiselect=True, scale=3, min_width=180
            )
            page.role = gr.Dropdown(list(ROLES), value=None, label="Role", scale=2, min_width=160)
        page.set_roles = gr.Button("Change the roles", size="sm")
    page.role_note = gr.Markdown("", **PLAIN)
    page.data_table = gr.HTML("", elem_id="sc-data", padding=False)


def generators(page: SimpleNamespace) -> None:
    """What runs, and the catalogue."""
    with gr.Column(visible=False, elem_id="sc-running") as page.running_box:
        page.running = gr.HTML("")
        page.halt_here = gr.Button("Stop the run", variant="stop", size="sm")
    page.offers_head = gr.Markdown("", **PLAIN)
    page.offers = gr.HTML("", elem_id="sc-offers", padding=False)


def history(page: SimpleNamespace) -> None:
    """Every checkpoint; going back to one, and comparing it with another."""
    page.no_history = gr.Markdown("Every step will be listed here, and you can go back.")
    with gr.Row():
        page.checkpoint = gr.Dropdown([], label="Go back to", visible=False, min_width=240)
        page.compared_with = gr.Dropdown([], label="Compare it with", visible=False, min_width=240)
    with gr.Row():
        page.revert = gr.Button("Revert to this point", visible=False, size="md", min_width=160)
        page.compare = gr.Button("Compare the two", visible=False, size="md", min_width=160)
    page.compared = gr.HTML("", elem_id="sc-compared", padding=False)
    page.history = gr.HTML("", elem_id="sc-history", padding=False)


def privacy(page: SimpleNamespace) -> None:
    """What left for a language model, what never does, and which model may be asked."""
    model_settings.lay_out(page)
    page.told_head = gr.Markdown("", elem_id="sc-told", **PLAIN)
    gr.Markdown(NEVER, elem_id="sc-never", **PLAIN)
    page.told_card = gr.HTML("", elem_id="sc-told-card", padding=False)
    page.find = gr.Textbox("", label="Search in what was sent", visible=False, max_lines=1)
    # Another text means that there is more to show.
    page.told_version = gr.Textbox("", visible="hidden", label="Version of the record")
    page.sent = gr.HTML("", elem_id="sc-sent", padding=False)


def terms(page: SimpleNamespace) -> None:
    """What words and measures mean."""
    page.term = gr.Dropdown([], value=None, label="What does this mean?", visible=False)
    page.meaning = gr.Markdown("", elem_id="sc-meaning", **PLAIN)
