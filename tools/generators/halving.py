"""Successive halving inside a budget, for when nothing is believed and nothing was learnt.

Every generator whose plan fits gets a short run, the better part a longer one, and the best a
whole one. Source: Jamieson and Talwalkar 2016, with the rungs of reasoning engine 8.
"""

from __future__ import annotations

from math import ceil

from synthcraft.tools.generators.budget import SAFETY
from synthcraft.tools.generators.search import (
    Arm,
    Rule,
    Search,
    Selection,
    Standing,
    open_arms,
    recorded,
)

RUNGS = ((0.1, 0.4), (0.3, 0.5))
"""Share of a whole run that a rung spends, and the share of its generators that it keeps."""
_RULE: Rule = "successive_halving"


def halve(search: Search) -> Selection:
    """The short runs to make next, the whole run, or the end of the search.

    A whole run that gives no result is followed by the next best; where runs took longer than
    predicted, the rungs that no longer fit are left out.
    """
    _, dropped = open_arms(search)
    if search.worked:
        return recorded(search, _RULE, "A whole run has given a result.", dropped)
    start, _ = open_arms(search.model_copy(update={"trials": ()}))
    field, reasons = _fitting(start, search.minutes)
    for share, keep in RUNGS:
        tried = {trial.generator for trial in search.trials if trial.share == share}
        alive = [s for s in field if s.generator not in dropped]
        waiting = [s for s in alive if s.generator not in tried]
        cost = share * SAFETY * sum(s.minutes for s in waiting)
        if len(alive) <= 1 or cost > search.left:
            break
        if waiting:
            names = [s.generator for s in waiting]
            why = f"{', '.join(names)} for {share:.0%} of a whole run each."
            return recorded(search, _RULE, why, reasons | dropped, alive, names, share)
        field, behind = _kept(alive, search.early(share), max(1, ceil(keep * len(field))), share)
        reasons |= behind
    return _whole(search, field, reasons | dropped)


def _fitting(arms: tuple[Arm, ...], minutes: float) -> tuple[list[Standing], dict[str, str]]:
    """Without the dearest, until all rungs and a whole run of the dearest that stays fit."""
    field = sorted(arms, key=lambda arm: (arm.minutes, arm.name))
    (first, keep), (second, _) = RUNGS
    reasons = {}
    while len(field) > 1:
        costs = [arm.counted_minutes for arm in field]
        longer = costs[-max(1, ceil(keep * len(costs))) :]
        if first * sum(costs) + second * sum(longer) + costs[-1] <= minutes:
            break
        name = field.pop().name
        reasons[name] = f"short runs of all and a whole one of it do not fit into {minutes:.0f} min"
    return [Standing(generator=a.name, minutes=a.minutes, value=0.0) for a in field], reasons


def _kept(
    field: list[Standing], seen: dict[str, float], number: int, share: float
) -> tuple[list[Standing], dict[str, str]]:
    """The best so many of a rung, and why the others were dropped."""
    scored = [
        s.model_copy(update={"value": seen[s.generator]}) for s in field if s.generator in seen
    ]
    ordered = sorted(scored, key=lambda s: (-s.value, s.generator))
    behind = {
        s.generator: f"its quality after {share:.0%} of a run, {s.value:.2f}, was behind the others"
        for s in ordered[number:]
    }
    return ordered[:number], behind


def _whole(search: Search, field: list[Standing], dropped: dict[str, str]) -> Selection:
    """A whole run of the best that is left."""
    left = [standing for standing in field if standing.generator not in dropped]
    if not left:
        return recorded(search, _RULE, "No generator that is left may be run here.", dropped)
    name = left[0].generator
    why = f"{name} as a whole: the first by the short runs of those that fit."
    return recorded(search, _RULE, why, dropped, left, (name,))
