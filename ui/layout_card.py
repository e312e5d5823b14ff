"""The fields of the card, one component for each, in rows that wrap."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr

from synthcraft.ui.fields import FIELDS, Field


def fields(page: SimpleNamespace) -> None:
    """Every field that any card may have; each card shows its own."""
    with gr.Row(elem_id="sc-fields"):
        for field in FIELDS:
            setattr(page, f"field_{field.name}", _component(field))


def components(page: SimpleNamespace) -> list[Any]:
    """The fields in the order of the table."""
    return [getattr(page, f"field_{field.name}") for field in FIELDS]


def _component(field: Field) -> Any:
    common: dict[str, Any] = {
        "label": field.label,
        "info": field.info or None,
        "visible": False,
        "min_width": 210,
    }
    if field.kind in ("number", "whole"):
        return gr.Number(None, **common)
    if field.kind == "text":
        return gr.Textbox("", max_lines=1, **common)
    return gr.Dropdown([], value=None, multiselect=field.kind == "several", **common)
