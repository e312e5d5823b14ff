"""Many jobs, many projects: turns are fair, limits are told, and projects stay apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest

from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError, QueueFullError
from synthcraft.graph.history import config_of
from synthcraft.graph.runner import Runner, open_runner
from synthcraft.graph.team import Person
from synthcraft.graph.views import Answer, Event, SessionView
from synthcraft.tools.executors import JobExecutor, Progress
from synthcraft.tools.job_queue import Owner
from synthcraft.tools.job_records import JobProgress, JobResult, JobSpec
from synthcraft.tools.jobs import JobRunner
from synthcraft.tools.schema_inference import infer_schema
from synthcraft.tools.worker_child import JobOrder
from synthcraft.tools.worker_client import Ending
from synthcraft.ui.projects import Projects

ANNA, BEN = Person(name="anna", role="analyst"), Person(name="ben", role="analyst")
Approve = Callable[..., Awaitable[SessionView]]


@dataclass
class Watched:
    """An executor, and what began and how many ran together."""

    real: JobExecutor
    begun: list[int] = field(default_factory=list)
    running: int = 0
    most: int = 0
    at_once: int = 2

    async def run(self, order: JobOrder, progress: Progress) -> Ending:
        """Let the real one do the job."""
        self.begun.append(order.spec.seed)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self.real.run(order, progress)
        finally:
            self.running -= 1

    async def close(self) -> None:
        """The worker is shared."""


async def test_eight_jobs_of_two_users_share_two_places(runner: Runner, clinic_csv: Path) -> None:
    watched = Watched(runner.deps.jobs.executor)
    jobs = JobRunner(runner.deps.store, runner.deps.settings.home, executor=watched)
    frame = pd.read_csv(clinic_csv)[["age", "sex", "bmi"]]
    schema = infer_schema(frame).model_dump(mode="json")
    inputs = {
        "train": jobs.store.put_frame(frame, "train").sha256,
        "schema": jobs.store.put_json(schema, "schema").sha256,
    }
    waiting: dict[int, str] = {}
    told = asyncio.Event()

    def ask(owner: str, seed: int) -> asyncio.Task[JobResult]:
        engine = ("cart", "marginal_distributions")[seed % 2]
        params = {"generator": engine, "params": {}, "rows": 50, "where": {}}
        spec = JobSpec(kind="generate", params=params, inputs=inputs, seed=seed)

        def listen(progress: JobProgress) -> None:
            if progress.waits:
                waiting[seed] = progress.message
                told.set()

        return asyncio.create_task(jobs.of(Owner(owner)).run(spec, listen))

    async def until_waiting(number: int) -> None:
        while len(waiting) < number:
            told.clear()
            await told.wait()

    annas = [ask("anna", seed) for seed in range(6)]
    await until_waiting(4)
    bens = [ask("ben", seed) for seed in (10, 11, 12)]
    await until_waiting(7)
    before = len(watched.begun)
    waited = sorted(waiting.values())
    given_up = bens.pop()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    done = await asyncio.gather(*annas, *bens)
    assert [result.status for result in done] == ["ok"] * 8
    assert watched.most == 2
    assert "waiting, 1 job before it" in waited
    then = ["ben" if seed >= 10 else "anna" for seed in watched.begun[before:]]
    assert sorted(watched.begun) == [*range(6), 10, 11]
    assert then.index("ben") <= 1 and "anna anna" not in " ".join(then[: then.index("ben") + 3])


@dataclass
class Occupied(Watched):
    """An executor whose one place is held by a job that ends when it is told to."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 1

    async def run(self, order: JobOrder, progress: Progress) -> Ending:
        """Hold the place, or let the real one do the job."""
        if order.spec.kind != "hold":
            return await super().run(order, progress)
        await self.free.wait()
        return Ending("cancelled")


async def test_waiting_for_others_takes_nothing_from_the_time_limit(
    runner: Runner, clinic_csv: Path, approve: Approve
) -> None:
    deps, executor = runner.deps, Occupied(runner.deps.jobs.executor)
    jobs = JobRunner(deps.store, deps.settings.home, executor=executor)
    here = replace(runner, deps=replace(deps, jobs=jobs))
    asked = Changes(target="stroke", include=("cart",), budget_minutes=5)
    view = await here.start([clinic_csv], asked, seed=53, unattended=True, owner="ben")
    view = await approve(here, view, "parameters")
    gate, yes = view.interrupt_id or "", Answer(verdict="approve", actor="ben")
    waits, began = asyncio.Event(), time.monotonic()

    def listen(event: Event) -> None:
        if event.text.startswith("waiting"):
            waits.set()

    annas = asyncio.create_task(jobs.of(Owner("anna")).run(JobSpec(kind="hold")))
    bens = asyncio.create_task(here.answer(view.session, gate, yes, person=BEN, on_event=listen))
    await waits.wait()
    await asyncio.sleep(1.0)
    executor.free.set()
    waited = time.monotonic() - began
    await annas
    view = await bens
    together = time.monotonic() - began
    assert {c.generator: c.status for c in view.candidates} == {"cart": "ok"}
    saved = await here.graph.aget_state(config_of(view.session))
    assert 0 < 60 * saved.values["minutes_used"] <= together - waited


async def test_a_step_over_the_limit_of_its_user_is_told_and_goes_on_later(
    runner: Runner, clinic_csv: Path, approve: Approve
) -> None:
    engines = ("cart", "marginal_distributions", "uniform_sampler")
    deps = runner.deps
    narrow = deps.settings.model_copy(update={"waiting_per_user": 1})
    jobs = JobRunner(deps.store, narrow.home, parallel=1, executor=deps.jobs.executor)
    here = replace(runner, deps=replace(deps, settings=narrow, jobs=jobs))
    asked = Changes(target="stroke", include=engines)
    view = await here.start([clinic_csv], asked, seed=47, unattended=True, owner="anna")
    view = await approve(here, view, "parameters")
    gate, yes = view.interrupt_id or "", Answer(verdict="approve", actor="anna")
    heard: list[Event] = []
    with pytest.raises(QueueFullError, match="anna has 1 job waiting"):
        await here.answer(view.session, gate, yes, person=ANNA, on_event=heard.append)
    assert "waiting for a free place" in [event.text for event in heard]
    assert (await here.view(view.session)).status == "interrupted"
    view = await here.resume(view.session)
    assert view.waiting_for == "generation"
    assert {c.generator: c.status for c in view.candidates} == dict.fromkeys(engines, "ok")
    assert sum(candidate.cached for candidate in view.candidates) == 2


async def test_twenty_projects_in_one_server_stay_apart(
    settings: Settings, tmp_path: Path, clinic_csv: Path
) -> None:
    projects, here = Projects(settings), [ANNA]
    projects.team = lambda name: here[0]
    frame = pd.read_csv(clinic_csv)
    async with open_runner(settings) as runner:
        await projects.connect(runner)
        begun = []
        for number in range(20):
            here[0] = (ANNA, BEN)[number % 2]
            project = projects.draft()
            project.files = [tmp_path / f"table{number:02d}.csv"]
            frame.rename(columns={"site": f"only{number:02d}"}).to_csv(
                project.files[0], index=False
            )
            projects.begin(project, seed=number, join_on=None)
            begun.append(project)
        await asyncio.gather(*(project.task for project in begun if project.task))
        for number, project in enumerate(begun):
            assert project.view and project.view.waiting_for, project.messages[-1].text
            here[0] = (ANNA, BEN)[number % 2]
            assert await projects.find(project.key) is project
            files = "".join(
                p.read_text() for p in (settings.home / "audit").glob(f"{project.key}*")
            )
            shown = f"{project.sheets}{project.view}{project.messages}{files}"
            marks = [n for n in range(20) if f"only{n:02d}" in shown or f"table{n:02d}" in shown]
            assert marks == [number]
            here[0] = (BEN, ANNA)[number % 2]
            with pytest.raises(InputError, match="no such project"):
                await projects.find(project.key)
        here[0] = ANNA
        assert {i.session for i in projects.listed()} == {p.key for p in begun[::2]}
        moved, *others = begun
        before = [await runner.view(project.key) for project in others]
        projects.answer(moved, moved.gate, Answer(verdict="approve", actor="anna"))
        assert moved.task
        await moved.task
        assert moved.view and moved.view.step > before[0].step
        assert [await runner.view(project.key) for project in others] == before
        await projects.close()
