"""The record of a choice: who approved it, what ran, who was dropped and why, what it took."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from synthcraft.agents.trials import Run, Trials
from synthcraft.graph.records import Split
from synthcraft.tools.generators.hunt import Found, in_any_time
from synthcraft.tools.generators.search import Selection


class Choice(BaseModel):
    """A choice that has ended.

    Attributes:
        plan_digest: of what was approved: engines with every parameter, roles, budget.
        approved_by: a person, or a named auto-approver.
        chosen: the engine whose whole run was best; None where none worked.
        minutes: budget, and what the runs take together; those that were there count too.
        minutes_anew: of the runs that were not there already.
        minutes_of_all: of a whole run of every engine that no mask but time bars.
        predicted: engines whose minutes in that sum are a prediction.
        kept: file of the chosen run's table.
        learnt: whether the qualities were added to what the installation has learnt.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    plan_digest: str
    approved_by: str
    seed: int
    split: Split
    chosen: str | None
    run: Run | None
    kept: str
    budget_minutes: float
    minutes: float
    minutes_anew: float
    minutes_of_all: float
    predicted: tuple[str, ...]
    trail: tuple[Selection, ...]
    runs: tuple[Run, ...]
    learnt: bool

    @classmethod
    def of(cls, found: Found, trials: Trials, **known: Any) -> Choice:
        """The record of a search and its runs."""
        ready, store = trials.prepared, trials.tools.store
        whole = {run.generator: run for run in trials.runs if run.share == 1}
        best = whole[found.best] if found.best else None
        return cls(
            plan_digest=ready.plan.digest,
            seed=ready.seed,
            split=ready.split,
            chosen=found.best,
            run=best,
            kept=str(store.path(best.sha256)) if best else "",
            budget_minutes=ready.plan.budget_minutes,
            minutes=round(found.minutes, 3),
            minutes_anew=round(trials.seconds_anew / 60, 3),
            minutes_of_all=round(found.minutes_of_all, 3),
            predicted=tuple(a.name for a in in_any_time(found.search) if a.name not in whole),
            trail=found.trail,
            runs=tuple(trials.runs),
            **known,
        )
