"""Tables C and F: the panel of privacy, by textbook definitions on the declared columns."""

from __future__ import annotations

from synthcraft.tools.privacy.granularity import CAUTION
from synthcraft.tools.procedures.panels import panel_answer
from synthcraft.tools.procedures.registry import Answer, Question, procedure

_OURS = (
    "privacy.k_anonymity",
    "privacy.l_diversity",
    "privacy.t_closeness",
    "privacy.k_map",
    "privacy.delta_presence",
    "privacy.identifiability",
    "privacy.authenticity",
)
_NOTES = (
    CAUTION,
    "These describe; attacks against held-back people are in `synthcraft evaluate`.",
    "What synthcity's own metrics say is printed beside ours with --mode paper.",
)


@procedure("privacy", "Panel of privacy (Tables C and F)", needs=("synthetic",))
def run(asked: Question) -> Answer:
    """Textbook definitions, or the legacy implementation. Source: evaluation P7 (a)."""
    return panel_answer(asked, "privacy", _OURS, "Panel of privacy", _NOTES)
