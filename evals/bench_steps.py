"""What the state machine costs: router, graph and checkpoints, without the specialists' work."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synthcraft.evals.bench import Line, Workbench, case
from synthcraft.graph.deps import Settings
from synthcraft.graph.sqlite import FILE

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView

STEPS = 200
EPISODES_SEEN = 10_000
LAST_GATE = "documentation"


class Lap(NamedTuple):
    """One way from the first gate to the last."""

    steps: int
    overhead_ms: float
    """Per step: everything between the gates but the specialists."""
    growth_kb: float
    """Per step."""
    routing_ms: float
    """Of the whole lap."""


@case("steps")
def steps(bench: Workbench) -> Iterator[Line]:
    """One project, sent back to its first gate until the router has chosen 200 times."""
    settings = Settings.from_env(bench.folder / "home", environ={}, actor="bench")
    with stopwatch(_bandit(), "look_ahead") as plans:
        laps = asyncio.run(_laps(settings, bench.first_rows(600)))
    total = sum(lap.steps for lap in laps)
    note = f"{total} router steps of one project, SQLite, {len(laps)} ways through the episodes"
    yield Line(
        name="Router and graph, per step",
        unit="ms",
        values=tuple(lap.overhead_ms for lap in laps),
        below=20.0,
        note=f"{note}; specialists' time taken off",
    )
    yield Line(
        name="Router and graph, per step, last way",
        unit="ms",
        values=(laps[-1].overhead_ms,),
        below=20.0,
        note=f"after {total - laps[-1].steps} steps",
    )
    yield Line(
        name="Growth of the database, per step",
        unit="kB",
        values=tuple(lap.growth_kb for lap in laps),
        below=20.0,
        note="whole file: checkpoints, writes and indexes",
    )
    yield Line(
        name="Largest checkpoint", unit="kB", values=(_largest_checkpoint(settings.home / FILE),)
    )
    yield Line(
        name="Routing of a project",
        unit="ms",
        values=tuple(lap.routing_ms for lap in laps),
        below=25.0,
        note="all choices from the first gate to the last",
    )
    yield Line(name="One look-ahead", unit="ms", values=tuple(1e3 * s for s in plans), below=3.0)


@case("policy")
def policy_file(bench: Workbench) -> Iterator[Line]:
    """Reading a policy file with 10,000 recorded episodes: every name that there is has counts."""
    from synthcraft.graph.policy_file import load_policy, merge_into
    from synthcraft.graph.statistics import priors

    path = bench.folder / "policy.json"
    seen = EPISODES_SEEN * 1_000_000
    merge_into(path, {name: (seen, 0) for name in priors()}, pipelines=EPISODES_SEEN // 6)
    seconds = []
    for _ in range(20):
        began = time.perf_counter()
        load_policy(path)
        seconds.append(time.perf_counter() - began)
    yield Line(
        name="Loading the policy",
        unit="ms",
        values=tuple(1e3 * s for s in seconds),
        below=100.0,
        note=f"{EPISODES_SEEN:,} recorded episodes, {len(priors())} names",
    )


async def _laps(settings: Settings, table: Path) -> list[Lap]:
    from synthcraft.graph.contracts import Changes
    from synthcraft.graph.runner import open_runner

    laps: list[Lap] = []
    asked = Changes(target="heart_attack", include=("cart",))
    async with open_runner(settings) as runner:
        view = await runner.start([table], asked, seed=1, unattended=True)
        first_gate = view.checkpoint
        # The first way imports, trains and evaluates; the others find the jobs done.
        await _lap(runner, view)
        while sum(lap.steps for lap in laps) < STEPS:
            view = await runner.revert(view.session, first_gate)
            laps.append(await _lap(runner, view))
    return laps


async def _lap(runner: Runner, view: SessionView) -> Lap:
    """Approve every gate up to the last one, timed."""
    from synthcraft.agents.registry import Specialist
    from synthcraft.graph.approvers import auto_answer
    from synthcraft.graph.bandit import VetoPolicy

    first, size, began = view.step, _bytes(runner.deps.settings.home / FILE), time.perf_counter()
    with (
        stopwatch(Specialist, "act") as acting,
        stopwatch(Specialist, "propose") as proposing,
        stopwatch(VetoPolicy, "choose") as choosing,
    ):
        while view.interrupt_id is not None and view.waiting_for != LAST_GATE:
            view = await runner.answer(view.session, view.interrupt_id, auto_answer("bench"))
    seconds = time.perf_counter() - began - sum(acting) - sum(proposing)
    taken = view.step - first
    grown = _bytes(runner.deps.settings.home / FILE) - size
    return Lap(taken, 1e3 * seconds / taken, grown / 1e3 / taken, 1e3 * sum(choosing))


@contextmanager
def stopwatch(owner: Any, name: str) -> Iterator[list[float]]:
    """Seconds of every call of a function or coroutine function while the context is open."""
    original: Callable[..., Any] = getattr(owner, name)
    seconds: list[float] = []

    @wraps(original)
    async def waited(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return await original(*args, **kwargs)
        finally:
            seconds.append(time.perf_counter() - began)

    @wraps(original)
    def called(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            seconds.append(time.perf_counter() - began)

    setattr(owner, name, waited if iscoroutinefunction(original) else called)
    try:
        yield seconds
    finally:
        setattr(owner, name, original)


def _bandit() -> Any:
    from synthcraft.graph import bandit

    return bandit


def _bytes(database: Path) -> int:
    """Size of the database with what is still in its write-ahead log."""
    with closing(sqlite3.connect(database)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size)


def _largest_checkpoint(database: Path) -> float:
    with closing(sqlite3.connect(database)) as connection:
        (size,) = connection.execute("SELECT max(length(checkpoint)) FROM checkpoints").fetchone()
    return float(size) / 1e3
