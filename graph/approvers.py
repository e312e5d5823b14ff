"""Approvers that are not people: always asked for by the caller, always named."""

from __future__ import annotations

from synthcraft.graph.contracts import AUTO
from synthcraft.graph.views import Answer


def auto_answer(name: str) -> Answer:
    """Approval without a look, recorded and reported under the caller's name."""
    return Answer(verdict="approve", actor=f"{AUTO}{name}")
