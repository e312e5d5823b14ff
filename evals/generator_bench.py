"""The generator benchmark: ways to spend a budget on generators, on the same simulated tables."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from pydantic import BaseModel, ConfigDict

from synthcraft.evals.machine import Machine, this_machine
from synthcraft.evals.simulators.generator_policies import POLICIES, policy_named
from synthcraft.evals.simulators.generator_world import GeneratorWorld, Table, Workbench
from synthcraft.evals.simulators.world import Floats
from synthcraft.graph.errors import InputError
from synthcraft.tools.provenance import utc_now

WINDOWS = ((1, 10), (11, 30), (31, 100), (101, 200))
"""Tables, by how many a policy has met, over which the regret is averaged."""
REFERENCE = "ts_ei_warm"
COLUMNS = ("regret", "minutes", "over", "forbidden", "empty")


class Mean(BaseModel):
    """A mean over tables and seeds with its standard error over seeds (0 for a single one)."""

    model_config = ConfigDict(frozen=True)

    mean: float
    se: float


class Outcome(BaseModel):
    """One policy.

    Attributes:
        regret: true quality lost against the best generator that would work inside the budget
            and the privacy class, in [0, 1], lower is better; by window of `WINDOWS`, None
            where no table of the window has such a generator.
        gap: paired difference of the regret over all tables to `REFERENCE`; below 0 is better.
        minutes: used for a table.
        over: share of the tables where the budget cut a run short.
        forbidden: share of the tables where the best of all that ran breaks the privacy class.
        empty: share of the tables with nothing to show although something would have worked.
    """

    model_config = ConfigDict(frozen=True)

    regret: tuple[Mean | None, ...]
    gap: Mean | None
    minutes: Mean
    over: Mean
    forbidden: float
    empty: float


class GeneratorResults(BaseModel):
    """One run of the benchmark."""

    model_config = ConfigDict(frozen=True)

    at: str
    command: str
    machine: Machine
    datasets: int
    seeds: int
    seconds: float
    policies: dict[str, Outcome]


def run(
    datasets: int, seeds: int, tell: Callable[[str], None] = lambda text: None
) -> GeneratorResults:
    """Simulate every policy and summarise it.

    Args:
        datasets: tables one after the other, because policies learn.
        seeds: worlds drawn.
        tell: receives a progress line.

    Raises:
        InputError: fewer than one table or seed.
    """
    if datasets < 1 or seeds < 1:
        raise InputError("There must be at least one dataset and one seed.")
    start = perf_counter()
    numbers: dict[str, Floats] = {}
    for name in POLICIES:
        numbers[name] = np.array([simulate(name, seed, datasets) for seed in range(seeds)])
        tell(f"{len(numbers)} of {len(POLICIES)}: {name}")
    reference = numbers[REFERENCE][:, :, 0]
    return GeneratorResults(
        at=utc_now(),
        command=f"synthcraft bench generators --datasets {datasets} --seeds {seeds}",
        machine=this_machine(),
        datasets=datasets,
        seeds=seeds,
        seconds=round(perf_counter() - start, 1),
        policies={name: _summary(table, reference) for name, table in numbers.items()},
    )


def simulate(policy: str, seed: int, datasets: int) -> Floats:
    """Table x column, for one policy in one world; the regret is NaN where nothing would work."""
    world, play = GeneratorWorld(seed), policy_named(policy, seed)
    rows = []
    for number in range(datasets):
        bench = Workbench(world.table(number))
        play(bench)
        rows.append(_judged(bench.table, bench))
    return np.array(rows)


def _judged(table: Table, bench: Workbench) -> tuple[float, ...]:
    """The columns for one table."""
    feasible, kept, tempting = table.feasible(), bench.pick(True), bench.pick(False)
    reached = table.true_quality(kept) if kept else 0.0
    best = max((table.true_quality(name) for name in feasible), default=np.nan)
    forbidden = tempting is not None and not table.admissible(tempting)
    empty = kept is None and bool(feasible)
    return best - reached, bench.used, float(bench.over), float(forbidden), float(empty)


def _summary(numbers: Floats, reference: Floats) -> Outcome:
    """Means and errors from seed x table x column."""
    regret, minutes, over, forbidden, empty = (numbers[:, :, n] for n in range(len(COLUMNS)))
    windows = [w for w in WINDOWS if w[0] <= regret.shape[1]]
    return Outcome(
        regret=tuple(_where_known(regret[:, first - 1 : last]) for first, last in windows),
        gap=_where_known(regret - reference),
        minutes=_mean(minutes),
        over=_mean(over),
        forbidden=round(float(forbidden.mean()), 4),
        empty=round(float(empty.mean()), 4),
    )


def _where_known(values: Floats) -> Mean | None:
    """Mean over the tables that have a regret, if any."""
    return None if np.isnan(values).all() else _mean(values)


def _mean(values: Floats) -> Mean:
    """Mean over what there is, and its standard error from the means of the seeds."""
    known = [seed[~np.isnan(seed)] for seed in values]
    means = np.array([seed.mean() for seed in known if len(seed)])
    se = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else 0.0
    return Mean(mean=round(float(np.concatenate(known).mean()), 5), se=round(float(se), 5))
