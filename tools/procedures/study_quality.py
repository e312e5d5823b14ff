"""Tables C and F: the panel of quality."""

from __future__ import annotations

from synthcraft.tools.procedures.panels import panel_answer
from synthcraft.tools.procedures.registry import Answer, Question, procedure

_OURS = (
    "fidelity.jensen_shannon",
    "fidelity.mmd",
    "fidelity.alpha_precision",
    "diversity.beta_recall",
    "privacy.authenticity",
)
_NOTES = ("What synthcity's own metrics say is printed beside ours with --mode paper.",)


@procedure("quality", "Panel of quality (Tables C and F)", needs=("synthetic",))
def run(asked: Question) -> Answer:
    """Corrected definitions with anchors, or the legacy implementation. Source: evaluation P6."""
    return panel_answer(asked, "quality", _OURS, "Panel of quality", _NOTES)
