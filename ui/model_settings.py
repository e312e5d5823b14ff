"""Which language model a project may ask: the settings on the page."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import gradio as gr

from synthcraft.ui.model_deeds import MODES, ModelDeeds, told

if TYPE_CHECKING:
    from synthcraft.ui.projects import Projects

CONSENT = "The licence of the data allows this service to be told about the table"
_HELP = (
    "None is needed. A model may help to understand a sentence and to put results into prose; it "
    "sees no row and decides nothing. Its key stays in the memory of this program until that ends."
)


def lay_out(page: SimpleNamespace) -> None:
    """The settings, folded; what is in use stands above them."""
    page.llm_now = gr.Markdown("", elem_id="sc-llm-now")
    with gr.Accordion("Change the language model", open=False, elem_id="sc-llm"):
        gr.Markdown(_HELP)
        page.llm_mode = gr.Radio(
            [(words, mode) for mode, words in MODES.items()], value="none", label="Who may be asked"
        )
        with gr.Column(visible=False) as page.llm_box:
            page.llm_url = gr.Textbox(
                "", label="Address", placeholder="http://127.0.0.1:8080/v1", max_lines=1
            )
            page.llm_name = gr.Textbox("", label="Name of the model", max_lines=1)
            page.llm_key = gr.Textbox(
                "",
                label="Key, if it needs one",
                type="password",
                max_lines=1,
                html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
            )
            page.llm_consent = gr.Checkbox(False, label=CONSENT, visible=False)
        with gr.Row():
            page.llm_test = gr.Button("Test it", size="sm")
            page.llm_use = gr.Button("Use this", variant="primary", size="sm")
        page.llm_found = gr.Markdown("", elem_id="sc-llm-found")


def wire(
    page: SimpleNamespace, on: Callable[..., Any], projects: Projects, quiet: dict[str, Any]
) -> None:
    """Connect the settings; `on(event, deed, name, *inputs)` wires a deed and empties the key."""
    deeds = ModelDeeds(projects)
    given = (page.llm_mode, page.llm_url, page.llm_name, page.llm_key, page.llm_consent)
    page.llm_mode.input(
        lambda mode: (gr.update(visible=mode != "none"), gr.update(visible=mode == "approved")),
        page.llm_mode,
        [page.llm_box, page.llm_consent],
        api_name="model_mode",
        **quiet,
    )
    for button, deed, name in (
        (page.llm_test, told(deeds.test), "test_model"),
        (page.llm_use, told(deeds.use), "use_model"),
    ):
        on(button.click, deed, name, *given)
