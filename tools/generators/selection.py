"""Which generator to run next on this table: Thompson sampling first, expected improvement after.

Source: reasoning engine 8. Pure: the search so far, what was learnt, and a random generator in;
one record out. Masked generators are absent from every comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import erf, exp, hypot, pi, sqrt

import numpy as np

from synthcraft.graph.errors import GuardError
from synthcraft.tools.generators.budget import SAFETY
from synthcraft.tools.generators.quality import Belief, QualityModel
from synthcraft.tools.generators.search import (
    Arm,
    Rule,
    Search,
    Selection,
    Standing,
    open_arms,
    recorded,
)

AT_MOST = 3
"""Generators that are run as a whole on one table."""
WORTH = 0.0004
"""Quality that a minute has to bring: 0.004 for ten."""
SCATTER = 0.04
"""Standard deviation of a table's own quality around what is expected of its kind."""
SPARE = 1.2
"""Time to spare for a run while nothing has worked yet; see `open_arms`."""
EARLY_NOISE = 0.05
"""Standard deviation of a final quality that is foretold from a short run."""


def expected_improvement(mean: float, sd: float, best: float) -> float:
    """Expected gain over the best so far, of a normal quality; in [0, ∞), higher is better.

    Args:
        mean: expected quality.
        sd: its standard deviation, above 0.
        best: highest quality so far.

    Source: Jones, Schonlau and Welch 1998, equation 15.
    """
    z = (mean - best) / sd
    density = exp(-z * z / 2) / sqrt(2 * pi)
    return max(sd * (z * 0.5 * (1 + erf(z / sqrt(2))) + density), 0.0)


def choose(
    search: Search, model: QualityModel, rng: np.random.Generator, spare: float = SPARE
) -> Selection:
    """The next generator, or the end of the search.

    Args:
        search: the table, the budget, the arms and what has run.
        model: what was learnt of other tables.
        rng: for the draw of the first run; later runs draw nothing.
        spare: time to spare while nothing has worked; 1 is the specification's mask alone.

    Raises:
        GuardError: an arm is no generator of the model.
    """
    arms, dropped = open_arms(search, spare)
    if search.trials:
        return _improving(search, arms, dropped, model)
    beliefs, draws = beliefs_here(search, model), model.draw(search.flags, rng)
    if not arms:
        return recorded(search, "thompson", "No generator may be run here.", dropped)
    standings = ranked(arms, beliefs, draws)
    first = standings[0]
    why = (
        f"{first.generator} first: its drawn quality {first.value:.2f} was the highest among "
        f"the {len(arms)} that may be run ({_believed(first)})."
    )
    return recorded(search, "thompson", why, dropped, standings, (first.generator,))


def _improving(
    search: Search, arms: tuple[Arm, ...], dropped: dict[str, str], model: QualityModel
) -> Selection:
    """The generator with the highest expected gain, if that is worth its minutes.

    While there is no result at all, it always is.
    """
    rule: Rule = "expected_improvement"
    if len(search.whole) >= AT_MOST:
        why = f"{AT_MOST} generators were run, which is the limit."
        return recorded(search, rule, why, dropped)
    if not arms:
        return recorded(search, rule, "No other generator may be run here.", dropped)
    beliefs = beliefs_here(search, model)
    gains = {
        arm.name: expected_improvement(beliefs[arm.name].mean, beliefs[arm.name].sd, search.best)
        for arm in arms
    }
    standings = ranked(arms, beliefs, gains)
    top = standings[0]
    needed = WORTH * SAFETY * top.minutes
    gain = f"an expected gain of {top.value:.4f} over {_so_far(search)}"
    if search.worked and top.value < needed:
        why = (
            f"No further run: {top.generator} would bring most, {gain}, but its "
            f"{top.minutes:.1f} minutes would have to bring {needed:.4f}."
        )
        return recorded(search, rule, why, dropped, standings)
    why = f"{top.generator} next: {gain}, in {top.minutes:.1f} minutes ({_believed(top)})."
    return recorded(search, rule, why, dropped, standings, (top.generator,))


def beliefs_here(search: Search, model: QualityModel) -> dict[str, Belief]:
    """Quality on this very table: what is believed of its kind, and what short runs showed."""
    if unknown := {arm.name for arm in search.arms} - model.priors.keys():
        raise GuardError(f"Nothing is known of the generator {min(unknown)[:60]!r}.")
    of_kind, seen = model.believed(search.flags), search.early()
    beliefs = {}
    for arm in search.arms:
        mean, sd, runs = of_kind[arm.name]
        sd = hypot(sd, SCATTER)
        if arm.name in seen:
            prior, data = sd**-2, EARLY_NOISE**-2
            mean = (prior * mean + data * seen[arm.name] / arm.early) / (prior + data)
            sd, runs = (prior + data) ** -0.5, runs + 1
        beliefs[arm.name] = Belief(mean, sd, runs)
    return beliefs


def ranked(
    arms: Iterable[Arm], beliefs: Mapping[str, Belief], values: Mapping[str, float]
) -> tuple[Standing, ...]:
    """The arms by their value, the highest first; of equals the cheapest."""
    standings = (
        Standing(
            generator=arm.name,
            minutes=arm.minutes,
            value=values[arm.name],
            **beliefs[arm.name]._asdict(),
        )
        for arm in arms
    )
    return tuple(sorted(standings, key=lambda s: (-s.value, s.minutes, s.generator)))


def _so_far(search: Search) -> str:
    return f"the best so far ({search.best:.2f})" if search.worked else "having nothing at all"


def _believed(standing: Standing) -> str:
    seen = f"{standing.runs:.0f} run{'' if standing.runs == 1 else 's'}"
    source = seen if standing.runs else "the catalogue's prior alone"
    return f"expected {standing.mean:.2f} ± {standing.sd:.2f} on this table, from {source}"
