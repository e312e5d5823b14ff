"""Blocks that spend nothing on what an event leaves as it is."""

from __future__ import annotations

from copy import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class SparingBlocks(gr.Blocks):
    """Gradio makes every output of an event anew, also where the event does not touch it.

    Every event of the page may change every part of it, and most change nothing or one part: the
    rest would take a processor the better part of a tenth of a second, in every tab, at every tick.
    """

    async def postprocess_data(
        self,
        block_fn: BlockFunction,
        predictions: list[Any] | dict[Any, Any],
        state: SessionState | None,
    ) -> list[Any]:
        """Process what is updated, and say of the rest that it stays."""
        outputs = block_fn.outputs
        if not (isinstance(predictions, dict) and predictions.keys() <= set(outputs)):
            return list(await super().postprocess_data(block_fn, predictions, state))
        touched = copy(block_fn)
        touched.outputs = [one for one in outputs if one in predictions]
        values = [predictions[one] for one in touched.outputs]
        given = values[0] if len(values) == 1 else values  # as a function with one output gives it
        processed = await super().postprocess_data(touched, given, state) if values else []
        done = dict(zip(touched.outputs, processed, strict=True))
        return [done.get(one, gr.skip()) for one in outputs]
