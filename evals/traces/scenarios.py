"""Five people and what they do at each card: what they say, and the buttons and boxes they use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from synthcraft.graph.contracts import Changes
from synthcraft.graph.errors import NotFoundError
from synthcraft.graph.views import Answer

ACTOR = "the person"


def _answer(verdict: Literal["approve", "revise", "stop"], words: str, **more: Any) -> Answer:
    return Answer(verdict=verdict, comment=words, actor=ACTOR, **more)


YES = _answer("approve", "Yes.")
STOP = _answer("stop", "Stop here, this is all I need.")
"""Ends a trace whose point has been made."""


@dataclass(frozen=True)
class Scenario:
    """One person, one wish, one machine.

    Attributes:
        name: file name of the trace.
        title: what the trace is about.
        story: who comes, and with what.
        reacts: what a reader should look for.
        request: what was chosen on the form, typed.
        prompt: what was written at the start.
        answers: gate -> the answer to its first, second… card, the last one from then on; a
            question of the router is the gate's name with a question mark. Else yes.
        columns: columns of the table that are brought; empty: all.
        memory_mb: memory of this machine for one job.
    """

    name: str
    title: str
    story: str
    reacts: str
    request: Changes = field(default_factory=Changes)
    prompt: str = ""
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    memory_mb: int = 6000


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="1_privacy_first",
        title="Privacy first",
        story=(
            "A data steward must hand out a table for teaching outside the hospital. "
            "She accepts a poor fit, but wants a formal guarantee. On the form she has crossed out "
            "the slow generators."
        ),
        reacts=(
            "Her first sentence makes the privacy level strict. From then on only generators with "
            "a formal guarantee may run, and privacy is measured before anything is shown."
        ),
        request=Changes(target="heart_attack", exclude=("aim", "dpgan", "pategan")),
        prompt="Privacy comes first. Strict privacy, please.",
        answers={"refinement": (STOP,)},
    ),
    Scenario(
        name="2_missing_target",
        title="No outcome was named",
        story=(
            "A nurse researcher brings a table in which no column looks like an outcome, "
            "and says only that he needs synthetic data."
        ),
        reacts=(
            "Two ways of finding the outcome fail, and the router does not make one up. A question "
            "would cost as much as being sent back, so it shows the plan and names the gap. Once "
            "he has filled it, usefulness is measured as well."
        ),
        request=Changes(include=("cart",)),
        prompt="I need synthetic data.",
        columns=("age", "gender", "ethnicity", "bmi", "total_cholesterol", "hdl"),
        answers={
            "intent": (
                _answer(
                    "revise",
                    "Predict total cholesterol.",
                    changes=Changes(target="total_cholesterol"),
                    reasons=("target_task",),
                ),
                YES,
            ),
            "intent?": (
                _answer(
                    "approve",
                    "Predict total cholesterol.",
                    changes=Changes(target="total_cholesterol"),
                    reasons=("target_task",),
                ),
            ),
            "evaluation": (STOP,),
        },
    ),
    Scenario(
        name="3_rejected_with_reason",
        title="A result is sent back, with a reason",
        story=(
            "An epidemiologist expects reviewers to ask whether one can tell the synthetic rows "
            "from real ones."
        ),
        reacts=(
            "The router left that out, because it is not usually wanted. She sends the evaluation "
            "back and ticks what she missed. The router does exactly that next, keeps everything "
            "else, and shows it again."
        ),
        request=Changes(target="heart_attack", include=("cart",)),
        prompt="Share the table with a partner institute.",
        answers={
            "evaluation": (
                _answer(
                    "revise",
                    "Could a reviewer tell these rows from real ones?",
                    reasons=("detectability",),
                ),
                YES,
            ),
            "refinement": (STOP,),
        },
    ),
    Scenario(
        name="4_tool_failure",
        title="A generator fails",
        story=(
            "A registrar works on a small machine: 900 MB of memory for one job. She asks for "
            "dpgan, which needs more."
        ),
        reacts=(
            "The fit is ended by the memory limit. The router counts the failure, does not try "
            "the same thing again, and asks for help instead of showing an empty result."
        ),
        request=Changes(target="heart_attack", include=("dpgan",)),
        prompt="Share the table with a partner institute.",
        memory_mb=900,
        answers={
            "generation": (
                _answer("revise", "Use cart instead.", changes=Changes(include=("cart",))),
                YES,
            ),
            "evaluation": (STOP,),
        },
    ),
    Scenario(
        name="5_impatient_user",
        title="An impatient person",
        story=(
            "A chief physician between two wards: no sentence longer than three words, "
            "no reasons, and it has to be quick."
        ),
        reacts=(
            "Two results are sent back without a word of why. The router shares the blame among "
            "what may have been missing and adds what is likeliest. It never asks, and never shows "
            "the same result twice."
        ),
        request=Changes(target="heart_attack", include=("cart",), preset="quick", budget_minutes=3),
        answers={
            "intake": (_answer("revise", "No. Again."), _answer("approve", "Fine.")),
            "intent": (_answer("approve", "Fine."),),
            "parameters": (_answer("approve", "Go."),),
            "generation": (_answer("approve", "Go."),),
            "evaluation": (_answer("revise", "No."), _answer("approve", "Fine.")),
            "refinement": (_answer("stop", "Enough."),),
        },
    ),
)


def scenario_named(name: str) -> Scenario:
    """The scenario whose name begins so."""
    found = [scenario for scenario in SCENARIOS if scenario.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(scenario.name for scenario in SCENARIOS)
        raise NotFoundError(f"There is no trace {name!r}.", f"Choose one of: {known}.")
    return found[0]
