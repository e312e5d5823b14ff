"""The choice of a generator on a real survey: quality and time beside running every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, NamedTuple

from synthcraft.evals.bench import Line, Workbench, case

if TYPE_CHECKING:
    from synthcraft.agents.base import Toolbox
    from synthcraft.agents.choosing import Prepared

ENGINES = ("cart", "arf", "bayesian_network", "marginal_distributions", "rtvae")
"""With quick parameters: what a laptop runs in a minute or so."""
SPLITS = 3
DRAWS = 20
"""Searches on each split; what has run once is there for all of them."""
_MINUTES = 30.0


class Compared(NamedTuple):
    """Means over the searches on one split.

    Attributes:
        lost: quality of the best engine less that of the chosen one, on rows that chose nothing;
            in [0, 1], 0 is the best.
        share: time of a search over the time of all engines, as both were measured.
        chosen: how often each engine was chosen.
    """

    lost: float
    share: float
    chosen: dict[str, int]


@case("generator_choice")
def generator_choice(bench: Workbench) -> Iterator[Line]:
    """Quality that the automatic choice loses against all engines, and the time that it saves."""
    table, name = bench.survey
    found = [asyncio.run(compared(table, bench.folder / "home", seed)) for seed in range(SPLITS)]
    lost, share = [one.lost for one in found], [one.share for one in found]
    counts = {e: sum(one.chosen.get(e, 0) for one in found) for e in ENGINES}
    chosen = ", ".join(f"{e} {n} times" for e, n in counts.items() if n)
    yield Line(
        name=f"Quality lost by choosing, {name}",
        unit="",
        values=tuple(lost),
        note=f"against the best of {', '.join(ENGINES)} (quick), scored on the holdout, which "
        f"chose nothing; mean {mean(lost):.3f}, {interval(lost)}; chosen: {chosen}",
    )
    yield Line(
        name="Time of choosing, share of running all",
        unit="",
        values=tuple(share),
        below=0.5,
        note=f"{SPLITS} splits, {DRAWS} searches each; mean {mean(share):.2f}, {interval(share)}",
    )


def interval(values: list[float]) -> str:
    """A 95 % interval of the mean over splits, in words."""
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5
    return f"95 % interval {mean(values) - half:.3f} to {mean(values) + half:.3f} over splits"


async def compared(
    table: Path, home: Path, seed: int, engines: tuple[str, ...] = ENGINES
) -> Compared:
    """Run every engine once on a split, then let searches choose among them."""
    from synthcraft.agents.choosing import prepare
    from synthcraft.graph.deps import Settings, make_deps
    from synthcraft.graph.records import Plan
    from synthcraft.tools.ingest import ingest

    plan = Plan(target="heart_attack", preset="quick", requested=engines, budget_minutes=_MINUTES)
    deps = make_deps(Settings.from_env(home, environ={}, parallel=1))
    tools = deps.toolbox({"session": "bench"})
    try:
        return await _compared(prepare(ingest(table), plan, seed, tools), tools)
    finally:
        await deps.jobs.close()


async def _compared(ready: Prepared, tools: Toolbox) -> Compared:
    import numpy as np

    from synthcraft.agents.fitting import scored
    from synthcraft.agents.trials import Trials
    from synthcraft.tools.generators.hunt import hunt
    from synthcraft.tools.generators.quality import QualityModel

    everything = Trials(ready, tools)
    for engine in ready.plan.generators:
        await everything(engine.generator, 1.0)
    fresh = ready.refs | {"validation": ready.refs["holdout"]}
    judged = {
        run.generator: await scored(run.sha256, ready.plan, fresh, ready.seed, tools)
        for run in everything.runs
        if run.sha256
    }
    quality = {name: float(job.info.get("quality") or 0.0) for name, job in judged.items()}
    model, lost, minutes, chosen = QualityModel.of_catalogue(), [], [], dict[str, int]()
    for draw in range(DRAWS):
        rng = np.random.default_rng([ready.seed, draw])
        found = await hunt(
            ready.search, model, rng, Trials(ready, tools), short_runs=ready.short_runs
        )
        name = found.best or ""
        chosen[name] = chosen.get(name, 0) + 1
        lost.append(max(quality.values()) - quality.get(name, 0.0))
        minutes.append(found.minutes)
    took = sum(run.seconds for run in everything.runs) / 60
    return Compared(mean(lost), mean(minutes) / took, chosen)
