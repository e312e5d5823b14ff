"""A recorded plan once more, in a workspace of its own, where no finished job is known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.agents.evaluator import working
from synthcraft.graph.approvers import auto_answer
from synthcraft.graph.deps import Deps, Settings
from synthcraft.graph.errors import InputError, SynthCraftError
from synthcraft.graph.runner import OnEvent, Runner, open_runner
from synthcraft.graph.state import RunState
from synthcraft.graph.views import SessionView
from synthcraft.tools.artifacts import hash_file

if TYPE_CHECKING:
    from synthcraft.tools.report.reproduce import Reproduction


class Recorded:
    """What a project of the workspace was run from.

    Attributes:
        told: everything that a repeated run needs but the data.
        results: its numbers, as `results.json` has them.
        tables: synthetic file -> where it lies in the store.
        data: the files that it was given, where they are still as they were.
    """

    def __init__(self, deps: Deps, view: SessionView, state: RunState) -> None:
        from synthcraft.agents.reporter import build_record
        from synthcraft.tools.disclosure.report import released_results
        from synthcraft.tools.pack.facts import table_file
        from synthcraft.tools.report.reproduce import reproduction

        if "source" not in state:
            raise InputError("This project holds no data yet, so there is nothing to repeat.")
        record = build_record(state, deps.toolbox(state), view.status, view.waiting_for)
        made = working(state)
        files = {table_file(c.id): c.sha256 for c in made}
        self.told = reproduction(record).model_copy(update={"files": files})
        self.results = released_results(record.results).value.payload()
        self.tables = {table_file(c.id): deps.store.path(c.sha256) for c in made}
        self.data = [p for p in map(Path, state["inbox"].paths) if _as_it_was(p, self.told.data)]


def _as_it_was(path: Path, recorded: dict[str, str]) -> bool:
    return path.is_file() and hash_file(path) in recorded.values()


async def recorded(runner: Runner, session: str) -> Recorded:
    """What the project was run from; changes nothing."""

    async def of(deps: Deps, view: SessionView, state: RunState) -> Recorded:
        return await asyncio.to_thread(Recorded, deps, view, state)

    return await runner.look(session, of)


def lend_engines(told: Reproduction, workspace: Path, home: Path) -> None:
    """Let the new workspace use the engines that live in interpreters of their own in this one.

    Raises:
        JobError: one that the run needs is not installed here.
    """
    from synthcraft.tools.generators.catalogue import find
    from synthcraft.tools.generators.engines import require

    plan = told.plan
    for name in {*plan.requested, *(g.generator for g in plan.generators)} if plan else ():
        require(find(name), workspace)
    place = workspace.resolve() / "engines"
    if place.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        (home / "engines").symlink_to(place, target_is_directory=True)


async def rerun(
    told: Reproduction, data: Sequence[Path], seed: int, home: Path, out: Path, tell: OnEvent
) -> str:
    """Run the plan to its end and write what came out; returns the SHA-256 of the table.

    Every gate is approved under a name that says what for.

    Raises:
        InputError: the run did not come to its end.
    """
    settings = Settings(home=home.resolve(), actor="reproduce", llm="none")
    columns, join_on = _options(told.options)
    async with open_runner(settings) as runner:
        view = await runner.start(
            data,
            seed=seed,
            columns=columns,
            join_on=join_on,
            plan=told.plan,
            codebook=told.codebook,
            unattended=True,
            on_event=tell,
        )
        while view.status == "waiting":
            answer = auto_answer("reproduce")
            view = await runner.answer(view.session, view.interrupt_id or "", answer, on_event=tell)
        if view.status != "finished":
            raise SynthCraftError(
                f"The repeated run ended as {view.status}. {view.message}",
                "Look at what it said; nothing was compared.",
            )
        await runner.export(view.session, out)
        found: str = (await runner.results(view.session))["data"]["sha256"]
        return found


def _options(words: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """Columns and the key that tables were joined by."""
    said = dict(zip(words[::2], words[1::2], strict=False))
    columns = tuple(name for name in said.get("--columns", "").split(",") if name)
    return columns, said.get("--join-on")
