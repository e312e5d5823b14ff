"""The router benchmark: every policy in every simulated world, on the same random numbers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from time import perf_counter
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from synthcraft.evals.machine import Machine, this_machine
from synthcraft.evals.simulators.registry import DEFAULT, PLAYERS, player_named
from synthcraft.evals.simulators.run import COLUMNS, run_project
from synthcraft.evals.simulators.world import Floats, World
from synthcraft.evals.simulators.worlds import WORLDS, world_named
from synthcraft.graph.errors import InputError
from synthcraft.tools.provenance import utc_now

FIRST, LAST, CURVE_POINTS = 10, 200, 10
WORKERS = 2


class Outcome(BaseModel):
    """One policy in one world: means over projects and seeds.

    Attributes:
        default: whether it is the policy that the router uses unless told otherwise.
        emulated: whether it stands in for a language model that was not called.
        net: approvals minus questions and rejections (at most 6, higher is better).
        se: standard error of `net` over the seeds; 0 for a single seed.
        first10: `net` of the first ten projects.
        last200: `net` of the last 200 projects, of all where there are fewer.
        of_oracle: `net` as a share of the planning oracle's; None where it was not run.
        gap_se: standard error of the paired difference to the oracle; None likewise.
        approved: episodes approved, of six.
        completed: share of projects in which all six were.
        questions: questions asked by choice.
        redos: rejected results.
        contacts: everything that needed the person, mandatory approvals included.
        violations: masked choices that were carried out (0 for every safe policy).
        curve: `net` in successive tenths of the projects.
    """

    model_config = ConfigDict(frozen=True)

    default: bool
    emulated: bool
    net: float
    se: float
    first10: float
    last200: float
    of_oracle: float | None
    gap_se: float | None
    approved: float
    completed: float
    questions: float
    redos: float
    contacts: float
    violations: float
    milliseconds: float
    curve: tuple[float, ...]


class RouterResults(BaseModel):
    """One run of the benchmark."""

    model_config = ConfigDict(frozen=True)

    at: str
    command: str
    machine: Machine
    pipelines: int
    seeds: int
    seconds: float
    worlds: dict[str, dict[str, Outcome]]


class Task(NamedTuple):
    """One policy with one seed in one world."""

    world: str
    policy: str
    seed: int
    pipelines: int


Table = tuple[Floats, float]
"""Project x column, and the seconds that it took."""


def simulate(task: Task) -> Table:
    """Run the projects of a task one after the other, because the policy learns."""
    world = World(world_named(task.world), task.seed)
    player = player_named(task.policy, task.seed)
    start = perf_counter()
    rows = [run_project(player, world, p).numbers() for p in range(task.pipelines)]
    return np.array(rows), perf_counter() - start


def run(
    pipelines: int,
    seeds: int,
    worlds: Sequence[str] = (),
    policies: Sequence[str] = (),
    workers: int = WORKERS,
    tell: Callable[[str], None] = lambda text: None,
) -> RouterResults:
    """Simulate everything and summarise it.

    Args:
        pipelines: projects one after the other.
        seeds: worlds drawn, and users in them.
        worlds: names; empty: all.
        policies: names; empty: all.
        workers: processes; with one, everything runs in this process.
        tell: receives a progress line.

    Raises:
        InputError: fewer than one project or seed.
        NotFoundError: an unknown world or policy.
    """
    if pipelines < 1 or seeds < 1:
        raise InputError("There must be at least one pipeline and one seed.")
    worlds, policies = tuple(worlds) or tuple(WORLDS), tuple(policies) or tuple(PLAYERS)
    for world in worlds:
        world_named(world)
    for policy in policies:
        player_named(policy, 0)
    start = perf_counter()
    # Seeds outermost: an interrupted look at the progress sees every policy equally often.
    tasks = [Task(w, p, s, pipelines) for s, w, p in product(range(seeds), worlds, policies)]
    tables: dict[Task, Table] = {}
    for task, table in _simulated(tasks, workers):
        tables[task] = table
        tell(f"{len(tables)} of {len(tasks)}: {task.policy} in world {task.world}")
    return RouterResults(
        at=utc_now(),
        command=_command(pipelines, seeds, worlds, policies),
        machine=this_machine(),
        pipelines=pipelines,
        seeds=seeds,
        seconds=round(perf_counter() - start, 1),
        worlds={world: _summaries(tables, world, policies, seeds, pipelines) for world in worlds},
    )


def _simulated(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, Table]]:
    if workers == 1:
        for task in tasks:
            yield task, simulate(task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = {pool.submit(simulate, task): task for task in tasks}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _command(pipelines: int, seeds: int, worlds: Sequence[str], policies: Sequence[str]) -> str:
    words = [f"synthcraft bench router --pipelines {pipelines} --seeds {seeds}"]
    if tuple(worlds) != tuple(WORLDS):
        words.append(f"--worlds {','.join(worlds)}")
    if tuple(policies) != tuple(PLAYERS):
        words.append(f"--policies {','.join(policies)}")
    return " ".join(words)


def _summaries(
    tables: dict[Task, Table], world: str, policies: Sequence[str], seeds: int, pipelines: int
) -> dict[str, Outcome]:
    def stack(policy: str) -> Floats:
        return np.array([tables[Task(world, policy, s, pipelines)][0] for s in range(seeds)])

    oracle = stack("oracle")[:, :, COLUMNS.index("net")] if "oracle" in policies else None
    result = {}
    for policy in policies:
        seconds = sum(tables[Task(world, policy, s, pipelines)][1] for s in range(seeds))
        milliseconds = 1000 * seconds / (seeds * pipelines)
        result[policy] = _summary(policy, stack(policy), oracle, milliseconds)
    return result


def _summary(policy: str, numbers: Floats, oracle: Floats | None, milliseconds: float) -> Outcome:
    """Means and errors from seed x project x column."""
    column = {name: numbers[:, :, place] for place, name in enumerate(COLUMNS)}
    net = column["net"]
    contacts = sum(column[x] for x in ("questions", "approved", "redos", "validations"))
    share = None if oracle is None else float(net.mean() / oracle.mean())
    gap_se = None if oracle is None else _error((net - oracle).mean(axis=1))
    tenths = np.array_split(net.mean(axis=0), min(CURVE_POINTS, net.shape[1]))
    return Outcome(
        default=policy == DEFAULT,
        emulated=player_named(policy, 0).emulated,
        net=_rounded(net.mean()),
        se=_error(net.mean(axis=1)),
        first10=_rounded(net[:, :FIRST].mean()),
        last200=_rounded(net[:, -LAST:].mean()),
        of_oracle=None if share is None else _rounded(share),
        gap_se=gap_se,
        approved=_rounded(column["approved"].mean()),
        completed=_rounded((column["approved"] == 6).mean()),
        questions=_rounded(column["questions"].mean()),
        redos=_rounded(column["redos"].mean()),
        contacts=_rounded(np.asarray(contacts).mean()),
        violations=_rounded(column["violations"].mean()),
        milliseconds=_rounded(milliseconds),
        curve=tuple(_rounded(part.mean()) for part in tenths),
    )


def _error(means: Floats) -> float:
    """Standard error of the mean over seeds."""
    if len(means) < 2:
        return 0.0
    return _rounded(means.std(ddof=1) / np.sqrt(len(means)))


def _rounded(value: float | np.float64) -> float:
    return round(float(value), 4)
