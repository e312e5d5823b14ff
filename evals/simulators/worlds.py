"""The six parameter worlds. A to D are those of the specification (section 9).

E and F were written down before any policy was run in them, and are never tuned on.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthcraft.graph.errors import NotFoundError


@dataclass(frozen=True)
class Spec:
    """How a world departs from the nominal numbers.

    Attributes:
        title: what is special about it.
        wish_noise: standard deviation (logit) of the wishes around the nominal ones.
        tool_noise: standard deviation (logit) of the success of actions.
        weight_noise: standard deviation (logit) of how much a lack matters.
        inverted: share of wishes that are the opposite of what the rules expect.
        additive: whether lacks add up instead of acting one by one.
        gives_reason: how likely a rejection comes with a reason.
        sensitivity: P(gap | something wanted is missing) of the self-check.
        false_alarm: P(gap | nothing wanted is missing) of the self-check.
        opinion: P(gap) of a second opinion if something wanted is missing, and if nothing is; None:
            nobody gives one.
        drift_at: project from which the drifted wishes and broken tools hold; None: never.
        drifted: share of wishes that turn into their opposite at the drift.
        broken: share of the work actions that hardly ever succeed after the drift.
    """

    title: str
    wish_noise: float = 0.6
    tool_noise: float = 0.5
    weight_noise: float = 0.4
    inverted: float = 0.0
    additive: bool = False
    gives_reason: float = 0.8
    sensitivity: float = 0.70
    false_alarm: float = 0.20
    opinion: tuple[float, float] | None = None
    drift_at: int | None = None
    drifted: float = 0.0
    broken: float = 0.0


WORLDS: dict[str, Spec] = {
    "A": Spec("the domain rules are right"),
    "B": Spec("30 % of the rules are inverted", inverted=0.3),
    "C": Spec("very idiosyncratic people", wish_noise=1.5, tool_noise=1.0, weight_noise=0.8),
    "D": Spec("lacks add up, which the model does not assume", additive=True),
    "E": Spec(
        "wishes drift and tools break from project 150 on", drift_at=150, drifted=0.3, broken=0.2
    ),
    "F": Spec(
        "a misleading self-check, and people who give no reasons",
        gives_reason=0.0,
        sensitivity=0.30,
        false_alarm=0.50,
    ),
}


def world_named(name: str) -> Spec:
    """The world of that name."""
    if name not in WORLDS:
        raise NotFoundError(
            f"There is no world named {name!r}.", f"Choose from: {', '.join(WORLDS)}."
        )
    return WORLDS[name]
