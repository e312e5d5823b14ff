"""Which generator an attacker trains anew: the file's own where there is time, else a stand-in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from synthcraft.tools.generators.budget import fits
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.privacy.shadow_halves import SHADOWS
from synthcraft.tools.report.words import duration

STAND_IN = "cart"


@dataclass(frozen=True)
class ShadowEngine:
    """A generator with its parameters, the seconds of all fits, and what to say of the choice."""

    generator: str
    params: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    said: str = ""


def own(generator: str, params: dict[str, Any], seconds: float, count: int) -> ShadowEngine:
    """The file's own generator; `seconds` are those of one fit."""
    said = f"{_trained(count)}: {generator}, with the parameters of the file."
    return ShadowEngine(generator, params, count * seconds, said)


def stand_in(rows: int, columns: int, count: int, why: str) -> ShadowEngine:
    """Sequential CART in its standard preset, fast enough for most tables."""
    spec = find(STAND_IN)
    params = spec.at("standard", rows)
    said = (
        f"{_trained(count)}: {STAND_IN}, as a stand-in, since {why}. Someone who trains the file's "
        "own generator may find more."
    )
    return ShadowEngine(STAND_IN, params, count * spec.seconds(rows, columns, params), said)


def _trained(count: int) -> str:
    return f"Trained {count} times on halves of the people"


def first_that_fits(engines: list[ShadowEngine], minutes: float) -> ShadowEngine | None:
    """The first of the engines that the time allows."""
    return next((engine for engine in engines if fits(engine.seconds, minutes)), None)


def no_time(engine: ShadowEngine, minutes: float) -> str:
    """Why nothing was trained; `engine` is the fastest that was thought of."""
    return (
        f"Training {engine.generator} on halves of the people would take about "
        f"{duration(engine.seconds)}, and {duration(60 * max(minutes, 0.0))} of the time limit "
        "are left."
    )


def least_seconds(rows: int, columns: int) -> float:
    """Predicted seconds of all fits with the stand-in; `rows` are those of the real table."""
    return stand_in(round(rows / 2), columns, SHADOWS, "").seconds
