"""What answers to questions may rest on: typed facts of the project, never a row or a cell."""

from __future__ import annotations

from typing import Any

from synthcraft.graph.state import RunState


def facts_of(state: RunState) -> dict[str, Any]:
    """Facts of the project as plain values."""
    from synthcraft.tools.generators.catalogue import catalogue

    choice, plan = state.get("choice"), state.get("plan")
    proposal = state.get("proposal")
    shown = {"title", "strengths", "weaknesses", "claim_level"}
    return {
        "session": state.get("session", ""),
        "episode": state.get("episode"),
        "gate": proposal.gate if proposal else None,
        "choice": choice.model_dump(mode="json") if choice else None,
        "plan": plan.model_dump(mode="json") if plan else None,
        "progress": {n: p.model_dump(mode="json") for n, p in state.get("progress", {}).items()},
        "candidates": [c.model_dump(mode="json") for c in state.get("candidates", [])],
        "verdicts": [v.model_dump(mode="json") for v in state.get("verdicts", [])],
        "minutes_used": state.get("minutes_used", 0.0),
        "status": state.get("status"),
        "waiting_for": proposal.gate if proposal else None,
        "seconds": proposal.seconds if proposal else None,
        "memory_mb": proposal.memory_mb if proposal else None,
        "step": state.get("step", 0),
        "questions_asked": state.get("questions", 0),
        "budget_minutes": plan.budget_minutes if plan else None,
        "generators": {
            name: spec.model_dump(mode="json", include=shown) for name, spec in catalogue().items()
        },
    }
