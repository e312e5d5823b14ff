"""The search for a generator carried out: choose, run, look, until a choice ends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from synthcraft.tools.generators.base import GeneratorSpec
from synthcraft.tools.generators.early_rung import choose_with_rung
from synthcraft.tools.generators.halving import halve
from synthcraft.tools.generators.quality import QualityModel
from synthcraft.tools.generators.search import Arm, Search, Selection, Trial, open_arms
from synthcraft.tools.generators.selection import choose
from synthcraft.tools.job_places import all_ended

Strategy = Literal["auto", "improvement", "halving"]
Runner = Callable[[str, float], Awaitable[Trial]]
"""Runs a generator for a share of its whole run and scores what it made on the validation rows."""
_LEAST_PASSES = 2
_LEAST_ROWS = 100
"""With fewer, engines that withhold what few people share have nothing left."""
_UNLIMITED = 1e9


@dataclass(frozen=True)
class Found:
    """A search that has ended.

    Attributes:
        search: everything that was run.
        trail: each choice in order, with what was dropped and why.
        best: the generator whose whole run was best; None where none worked.
    """

    search: Search
    trail: tuple[Selection, ...]
    best: str | None

    @property
    def minutes(self) -> float:
        """Spent on all runs, short and whole."""
        return sum(trial.minutes for trial in self.search.trials)

    @property
    def minutes_of_all(self) -> float:
        """Of a whole run of each arm that no mask but time bars: as it took, else as predicted."""
        took = {trial.generator: trial.minutes for trial in self.search.whole}
        return sum(took.get(arm.name, arm.minutes) for arm in in_any_time(self.search))


def in_any_time(search: Search) -> tuple[Arm, ...]:
    """The arms that might be run on this table if time did not matter."""
    return open_arms(search.model_copy(update={"trials": (), "minutes": _UNLIMITED}))[0]


async def hunt(
    search: Search,
    model: QualityModel,
    rng: np.random.Generator,
    run: Runner,
    strategy: Strategy = "auto",
    short_runs: bool = True,
) -> Found:
    """Search until a choice ends it; runs of one choice go side by side.

    Args:
        search: the table, the budget and the arms.
        model: what was learnt of other tables.
        rng: for the draw of the first choice.
        run: does the work; a generator that gives nothing is a trial without quality.
        strategy: `auto` halves where nothing was learnt and all priors are alike, else it
            improves on the best so far.
        short_runs: whether they save anything; where starting takes most of a run they do not,
            and only whole runs are compared, unless halving is asked for.
    """
    improve = partial(choose_with_rung if short_runs else choose, model=model, rng=rng)
    halving = strategy == "halving" or (
        strategy == "auto" and short_runs and _ignorant(search, model)
    )
    trail: list[Selection] = []
    while True:
        selection = halve(search) if halving else improve(search)
        trail.append(selection)
        if not selection.chosen:
            break
        done = await all_ended(run(name, selection.share) for name in selection.chosen)
        search = search.model_copy(update={"trials": (*search.trials, *done)})
    worked = {t.generator: t.quality for t in search.whole if t.quality is not None}
    best = max(worked, key=lambda name: (worked[name], name)) if worked else None
    return Found(search, tuple(trail), best)


def _ignorant(search: Search, model: QualityModel) -> bool:
    """Whether nothing speaks for one arm more than for another."""
    beliefs = [model.believed(search.flags)[arm.name] for arm in search.arms]
    return not any(b.runs for b in beliefs) and len({round(b.mean, 6) for b in beliefs}) <= 1


def shortened(
    spec: GeneratorSpec, params: dict[str, Any], rows: int, share: float
) -> tuple[dict[str, Any], int]:
    """Parameters and training rows of a short run: fewer passes, or fewer rows without passes."""
    if share == 1:
        return params, rows
    passes = spec.cost.iterations
    if passes in params:
        fewer = max(_LEAST_PASSES, round(params[passes] * share))
        least = {"n_iter_min": min(params["n_iter_min"], fewer)} if "n_iter_min" in params else {}
        return params | {passes: fewer} | least, rows
    return params, min(rows, max(_LEAST_ROWS, round(rows * share)))
