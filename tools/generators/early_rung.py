"""A short run of a shortlist before the choice of a whole run, where the budget is ample.

Source: reasoning engine 8. What the short runs show is evidence on this table, which `choose`
takes into account; it is never counted among what was learnt of whole runs.
"""

from __future__ import annotations

import numpy as np

from synthcraft.tools.generators.quality import QualityModel
from synthcraft.tools.generators.search import Search, Selection, open_arms, recorded
from synthcraft.tools.generators.selection import SPARE, beliefs_here, choose, ranked

RUNG = 0.15
"""Share of a whole run that each generator of the shortlist gets."""
SHORTLIST = 4
WIDTH = 0.5
"""Share of the posterior's spread with which the shortlist is drawn."""
AMPLE = 3.0
"""A budget is ample above this many times the minutes of the cheapest whole run."""


def choose_with_rung(search: Search, model: QualityModel, rng: np.random.Generator) -> Selection:
    """Like `choose`, after short runs where the budget is ample.

    Args:
        search: the table, the budget, the arms and what has run.
        model: what was learnt of other tables.
        rng: for the draws of the first choice.

    Raises:
        GuardError: an arm is no generator of the model.
    """
    arms, dropped = open_arms(search, SPARE)
    if search.trials or len(arms) < 2:
        return choose(search, model, rng)
    draws = model.draw(search.flags, rng, WIDTH)
    standings = ranked(arms, beliefs_here(search, model), draws)
    names = [standing.generator for standing in standings[:SHORTLIST]]
    costs = [arm.counted_minutes for arm in arms if arm.name in names]
    cheapest = min(arm.counted_minutes for arm in arms)
    plan = RUNG * sum(costs) + max(costs)
    if search.left <= AMPLE * cheapest or search.left < plan:
        return choose(search, model, rng)
    why = (
        f"{', '.join(names)} first, each for {RUNG:.0%} of a whole run: the {search.left:.0f} "
        f"minutes that are left are ample, when the cheapest whole run takes {cheapest:.1f}."
    )
    return recorded(search, "early_rung", why, dropped, standings, names, RUNG)
