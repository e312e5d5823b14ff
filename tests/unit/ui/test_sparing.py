"""What an event leaves alone costs nothing, and the browser is told the same as by Gradio's own."""

from __future__ import annotations

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from synthcraft.ui.sparing import SparingBlocks


@pytest.mark.parametrize(
    "touched", [{}, {"one": "x"}, {"one": "x", "two": "y"}, {"two": {"visible": False}}]
)
async def test_the_answer_is_that_of_plain_blocks(touched: dict[str, object]) -> None:
    with SparingBlocks() as blocks:
        parts = {name: gr.Textbox() for name in ("one", "two", "three")}
        parts["one"].change(lambda: None, None, list(parts.values()))
    (event,) = blocks.fns.values()
    given = {
        parts[name]: gr.update(**change) if isinstance(change, dict) else change
        for name, change in touched.items()
    }
    every = [given.get(part, gr.skip()) for part in parts.values()]
    plain = await gr.Blocks.postprocess_data(blocks, event, every, SessionState(blocks))
    assert await blocks.postprocess_data(event, given, SessionState(blocks)) == plain
