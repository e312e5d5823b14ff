"""Projects for the benchmarks of the page, and the jobs that its worker runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from synthcraft.evals.bench import Workbench
from synthcraft.evals.bench_commands import PATIENCE_S
from synthcraft.evals.page_user import LOOK_S
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.views import Answer

if TYPE_CHECKING:
    from synthcraft.graph.runner import Runner

TARGET = "heart_attack"
YES = Answer(verdict="approve", actor="bench")
TRAINED = ("ctgan", "tvae")
DEEP: dict[str, Any] = {"n_iter": 10_000, "n_iter_min": 10_000}
"""More passes than the measurement lasts."""
HOURS = 24 * 60.0
"""Minutes that they are allowed, or they would not begin."""


def jobs_of(server: psutil.Process) -> list[psutil.Process]:
    """The worker's children: one process a job."""
    return [job for worker in server.children() for job in worker.children()]


def wait_for_jobs(server: psutil.Process, count: int) -> None:
    """Until so many jobs run.

    Raises:
        SynthCraftError: they do not begin.
    """
    deadline = time.monotonic() + PATIENCE_S
    while len(jobs_of(server)) < count:
        if time.monotonic() > deadline:
            raise SynthCraftError("The two generators did not start to train.", "Try it by hand.")
        time.sleep(LOOK_S)


async def workspace(
    bench: Workbench, home: Path, finished: int, begun: int
) -> tuple[list[str], list[str]]:
    """Finished projects, and projects at their first card."""
    from synthcraft.graph.runner import open_runner

    asked = Changes(target=TARGET, include=("cart", "marginal_distributions"), tier="quick")
    table = bench.first_rows(600)
    async with open_runner(Settings.from_env(home, {}, actor=YES.actor)) as runner:
        over = [await led(runner, table, asked, "") for _ in range(finished)]
        views = [await runner.start([table], asked, seed=1) for _ in range(begun)]
        return over, [view.session for view in views]


async def training(bench: Workbench, home: Path) -> str:
    """A project that waits for the training of two deep generators to be approved."""
    from synthcraft.graph.runner import open_runner

    params = dict.fromkeys(TRAINED, DEEP)
    asked = Changes(target=TARGET, include=TRAINED, parameters=params, budget_minutes=HOURS)
    async with open_runner(Settings.from_env(home, {}, actor=YES.actor)) as runner:
        return await led(runner, bench.first_rows(2000), asked, "train")


async def led(runner: Runner, table: Path, asked: Changes, until: str) -> str:
    """Approve every card up to the one that has this word in its title, or to the end."""
    view = await runner.start([table], asked, seed=1)
    while view.proposal and not (until and until in view.proposal.title):
        view = await runner.answer(view.session, view.interrupt_id or "", YES)
    return view.session
