"""Systems that run through the graph and its gates, each under another policy."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from synthcraft.evals.ablation.bench import Bench, Ending
from synthcraft.evals.ablation.records import Ended, Step, shortened
from synthcraft.evals.ablation.systems import system
from synthcraft.graph.bandit import Policy, VetoPolicy, policy_named
from synthcraft.graph.contracts import Decision
from synthcraft.graph.deps import make_deps
from synthcraft.graph.episodes import SELF_CHECK
from synthcraft.graph.errors import InputError
from synthcraft.graph.history import config_of
from synthcraft.graph.situation import Situation
from synthcraft.graph.state import Progress
from synthcraft.graph.statistics import Statistics
from synthcraft.graph.views import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from synthcraft.graph.runner import Runner
    from synthcraft.graph.views import SessionView


@system("full")
async def full(bench: Bench) -> Ending:
    """The product as everybody gets it: bandit router, gates, self-checks."""
    return await through(bench)


@system("fixed_order")
async def fixed_order(bench: Bench) -> Ending:
    """The graph with a script for a router: all work in the order of the table."""
    return await through(bench, policy_named("fixed"))


@system("random")
async def random(bench: Bench) -> Ending:
    """The graph with dice for a router: any legal action."""
    return await through(bench, policy_named("random"))


class WithoutReflection(VetoPolicy):
    """The default policy where nothing is checked before it is shown."""

    def choose(self, situation: Situation, statistics: Statistics) -> Decision:
        """The best action but a self-check."""
        barred = situation.barred | {SELF_CHECK: "left out in this study"}
        return super().choose(situation.model_copy(update={"barred": barred}), statistics)


@system("no_reflection")
async def no_reflection(bench: Bench) -> Ending:
    """The graph with a router that never looks at its own work."""
    return await through(bench, WithoutReflection(name="no_reflection"))


async def through(bench: Bench, chooser: Policy | None = None) -> Ending:
    """A project with the product's own runner, its checkpoints in memory; jobs are shared."""
    from langgraph.checkpoint.memory import InMemorySaver

    from synthcraft.graph.build import compile_graph
    from synthcraft.graph.database import database_of
    from synthcraft.graph.persistence import serializer
    from synthcraft.graph.project_index import ProjectIndex
    from synthcraft.graph.runner import Runner

    settings = bench.settings
    deps, database = make_deps(settings), database_of(settings)
    runner = Runner(
        deps=replace(deps, store=bench.jobs.store, jobs=bench.jobs, chooser=chooser),
        graph=compile_graph(InMemorySaver(serde=serializer())),
        database=database,
        index=ProjectIndex(database),
        locks=database.locks(settings.home / "locks"),
    )
    return await _Project(bench, runner).to_the_end()


class _Project:
    """A project and what of its log is noted already."""

    def __init__(self, bench: Bench, runner: Runner) -> None:
        self.bench, self.runner, self.noted = bench, runner, 0

    async def to_the_end(self) -> Ending:
        bench = self.bench
        view = await self.runner.start(
            [bench.table], bench.task.request, seed=bench.data_seed, prompt=bench.task.prompt
        )
        while view.status == "waiting":
            self._note(view)
            answer = self._met(view)
            if answer is None:
                return await self._ending(view, "waiting")
            if bench.tired():
                return await self._ending(view, "gave_up")
            with suppress(InputError):  # the gate stays open, and they are asked again
                view = await self.runner.answer(view.session, view.interrupt_id or "", answer)
        self._note(view)
        return await self._ending(view, cast("Ended", view.status))

    def _met(self, view: SessionView) -> Answer | None:
        assert view.proposal is not None
        progress = view.progress.get(view.episode, Progress())
        return self.bench.meet(view.proposal, progress, view.plan, view.candidates)

    async def _ending(self, view: SessionView, ended: Ended) -> Ending:
        config = cast("RunnableConfig", config_of(view.session))
        refs = (await self.runner.graph.aget_state(config)).values.get("refs", {})
        return Ending(ended, view.message, view.plan, view.candidates, refs)

    def _note(self, view: SessionView) -> None:
        """Actions of the log that are new."""
        from synthcraft.tools.audit import audit_log

        log = audit_log(self.bench.settings.home, view.session)
        entries = [entry.body for entry in log.lineage(view.audit_head)]
        episode = ""
        for number, body in enumerate(entries):
            if body["kind"] == "decision":
                episode = body["episode"]
            if number < self.noted or body["kind"] != "feedback" or body["source"] == "user":
                continue
            self.bench.steps.append(
                Step(
                    kind="action",
                    name=body["action"],
                    episode=episode,
                    outcome="ok" if body["outcome"] in ("ok", "pass") else "fail",
                    text=shortened(body.get("message", "")),
                )
            )
        self.noted = len(entries)
