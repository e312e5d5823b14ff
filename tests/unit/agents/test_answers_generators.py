"""Why this generator: its reason in the plan, or the person's own word."""

from __future__ import annotations

from typing import Any

from synthcraft.agents.language.answers import answer

CATALOGUE = {"cart": {"title": "Sequential CART", "strengths": "Fast.", "weaknesses": "Greedy."}}


def why(plan: dict[str, Any]) -> str:
    return answer("why cart?", None, {"generators": CATALOGUE, "plan": plan})


def test_the_reason_of_the_plan_is_told() -> None:
    plan = {"generators": [{"generator": "cart", "reason": "it suits small tables"}]}
    assert "it suits small tables" in why(plan)


def test_a_generator_named_by_the_person_is_said_to_be() -> None:
    assert "asked for it by name" in why({"requested": ("cart",), "generators": ()})
    assert "asked for" not in why({"requested": (), "generators": ()})
