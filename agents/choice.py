"""From a search and its runs to the record of a choice."""

from __future__ import annotations

from typing import Any

from synthcraft.agents.trials import Trials
from synthcraft.tools.generators.choice_record import Choice
from synthcraft.tools.generators.hunt import Found, in_any_time


def choice_of(found: Found, trials: Trials, **known: Any) -> Choice:
    """The record of a search; `known` says who approved it, and of which file and plan it is."""
    ready = trials.prepared
    whole = {run.generator: run for run in trials.runs if run.share == 1}
    return Choice(
        seed=ready.seed,
        split=ready.split,
        chosen=found.best,
        run=whole[found.best] if found.best else None,
        budget_minutes=ready.search.minutes,
        minutes=round(found.minutes, 3),
        minutes_anew=round(trials.seconds_anew / 60, 3),
        minutes_of_all=round(found.minutes_of_all, 3),
        predicted=tuple(a.name for a in in_any_time(found.search) if a.name not in whole),
        trail=found.trail,
        runs=tuple(trials.runs),
        **known,
    )
