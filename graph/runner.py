"""The runner: start, answer, resume, revert, stop. The only door for the page and the harness."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from langgraph.types import Command

from synthcraft.graph import lookups
from synthcraft.graph.build import compile_graph
from synthcraft.graph.contracts import Changes
from synthcraft.graph.deps import Deps, Settings, make_deps
from synthcraft.graph.detours import reopening, skipping
from synthcraft.graph.drift import over
from synthcraft.graph.errors import InputError, StaleApprovalError, StoreError, SynthCraftError
from synthcraft.graph.heard import Heard
from synthcraft.graph.history import config_of, fork, is_finished, lineage
from synthcraft.graph.locks import SessionLocks
from synthcraft.graph.memory import keep
from synthcraft.graph.persistence import open_checkpointer, told_plainly
from synthcraft.graph.receive import new_session
from synthcraft.graph.records import Inbox, Plan, Source
from synthcraft.graph.session_index import SessionIndex
from synthcraft.graph.snapshots import events_of, state_of, view_of
from synthcraft.graph.state import Delta, RunState
from synthcraft.graph.views import Answer, Event, HistoryLine, SessionInfo, SessionView, Status
from synthcraft.tools.changes import apply_changes, check_changes
from synthcraft.tools.requested import check_requested

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import StateSnapshot

    from synthcraft.agents.language.base import UserTurn
    from synthcraft.agents.sheets import Sheets
    from synthcraft.graph.replay import Replay
    from synthcraft.tools.report.interactive import PageFigure

OnEvent = Callable[[Event], None]


def _silent(event: Event) -> None:
    """Nobody listens."""


@asynccontextmanager
async def open_runner(settings: Settings) -> AsyncIterator[Runner]:
    """A runner on a workspace; closes database and workers at the end."""
    deps = make_deps(settings)
    async with open_checkpointer(settings.database) as saver:
        runner = Runner(
            deps=deps,
            graph=compile_graph(saver),
            index=SessionIndex(settings.database),
            locks=SessionLocks(settings.home / "locks"),
        )
        try:
            yield runner
        finally:
            await deps.jobs.close()


@dataclass
class Runner:
    """Runs projects; every call that moves one holds its lock."""

    deps: Deps
    graph: CompiledStateGraph[Any, Any, Any, Any]
    index: SessionIndex
    locks: SessionLocks
    heard: Heard = field(default_factory=Heard)

    async def start(
        self,
        paths: Sequence[Path],
        request: Changes | None = None,
        *,
        seed: int = 0,
        prompt: str = "",
        columns: tuple[str, ...] = (),
        join_on: str | None = None,
        plan: Plan | None = None,
        unattended: bool = False,
        on_event: OnEvent = _silent,
    ) -> SessionView:
        """Begin a project and run to its first gate.

        Raises:
            InputError: the files or the request cannot be used; no project is left behind.
        """
        session = new_session()
        name = " + ".join(path.name for path in paths)
        state: RunState = {
            "session": session,
            "seed": seed,
            "prompt": prompt,
            "unattended": unattended,
            "request": request or Changes(),
            "inbox": Inbox(
                paths=tuple(str(Path(p).resolve()) for p in paths), columns=columns, join_on=join_on
            ),
        }
        if plan is not None:
            state["plan"] = plan
        await asyncio.to_thread(self.index.add, session, name)
        on_event(Event(kind="message", text=f"Reading {name}.", data={"session": session}))
        async with self.locks.hold(session):
            try:
                await self._run(session, state, on_event)
            except InputError:
                snapshot = await self._snapshot(session)
                if "source" not in snapshot.values:
                    await self._forget(session)
                raise
            return await self._settle_view(session, on_event)

    async def answer(
        self, session: str, interrupt_id: str, answer: Answer, *, on_event: OnEvent = _silent
    ) -> SessionView:
        """Answer the open gate and run to the next one.

        Raises:
            StaleApprovalError: that gate is not the open one (any more).
            InputError: the changes cannot be made; the gate stays open.
        """
        session = self.index.find(session)
        async with self.locks.hold(session):
            snapshot = await self._snapshot(session)
            if interrupt_id not in {i.id for i in snapshot.interrupts}:
                raise StaleApprovalError(
                    "This question has been answered already, or the project has moved on.",
                    "Look at the question that is open now.",
                )
            checked = await self._checked(snapshot, answer)
            command: Command[str] = Command(resume={interrupt_id: checked.model_dump(mode="json")})
            await self._run(session, command, on_event)
            return await self._settle_view(session, on_event)

    async def resume(self, session: str, *, on_event: OnEvent = _silent) -> SessionView:
        """Go on after a crash, a stop or a revert; at an open gate this only looks."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            snapshot = await self._snapshot(session)
            if not snapshot.interrupts and not is_finished(snapshot):
                await self._run(session, None, on_event)
            return await self._settle_view(session, on_event)

    async def revert(self, session: str, checkpoint: str) -> SessionView:
        """Make an earlier checkpoint the head; nothing runs and nothing is lost."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            with told_plainly(self.deps.settings.database):
                head = await fork(self.graph, session, checkpoint)
            snapshot = await self._snapshot(session)
            lookups.note_revert(self.deps, state_of(snapshot), head)
            if snapshot.next and snapshot.next[0] == "approval":
                await self._run(session, None, _silent)  # asks the same question under a new id
            return await self._settle_view(session, _silent)

    async def skip(
        self, session: str, episode: str, reason: str, actor: str, *, on_event: OnEvent = _silent
    ) -> SessionView:
        """Leave the current episode out for a reason, and run to the next gate.

        Raises:
            InputError: the episode is mandatory or not at its turn, or there is no reason.
        """

        def decide(state: RunState) -> Delta:
            return skipping(state, self.deps, episode, reason, actor)

        return await self._redirect(session, decide, on_event)

    async def reopen(
        self, session: str, episode: str, actor: str, *, on_event: OnEvent = _silent
    ) -> SessionView:
        """Open a closed episode again, with what rests on it, and run to the next gate.

        Raises:
            InputError: the episode is not closed.
        """

        def decide(state: RunState) -> Delta:
            return reopening(state, self.deps, episode, actor)

        return await self._redirect(session, decide, on_event)

    async def replay(self, session: str) -> Replay:
        """Repeat every choice of the router on the current branch; changes nothing."""
        session = self.index.find(session)
        state = state_of(await self._snapshot(session))
        config = cast("RunnableConfig", config_of(session))
        with told_plainly(self.deps.settings.database):
            past = [s.values.get("counts", {}) async for s in self.graph.aget_state_history(config)]
        return await asyncio.to_thread(lookups.replay, self.deps, state, past)

    async def view(self, session: str) -> SessionView:
        """Where a project stands."""
        return view_of(await self._snapshot(self.index.find(session)))

    async def history(self, session: str) -> list[HistoryLine]:
        """Every checkpoint in words, oldest first."""
        return await lineage(self.graph, self.index.find(session))

    async def sessions(self) -> list[SessionInfo]:
        """Every project, the newest first."""
        return await asyncio.to_thread(self.index.all)

    async def delete(self, session: str) -> None:
        """Delete a project's checkpoints, audit log and index line."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            await self._forget(session)
        (self.deps.settings.home / "audit" / f"{session}.jsonl").unlink(missing_ok=True)
        self.locks.forget(session)

    async def export(self, session: str, out: Path) -> dict[str, str]:
        """Write report, results, synthetic files, audit log and `reproduce.py` into a folder."""
        snapshot = await self._snapshot(self.index.find(session))
        return await lookups.export(self.deps, view_of(snapshot), state_of(snapshot), out)

    async def report_html(self, session: str) -> str:
        """The report as it stands now."""
        snapshot = await self._snapshot(self.index.find(session))
        return await lookups.report_html(self.deps, view_of(snapshot), state_of(snapshot))

    async def figures(self, session: str) -> tuple[PageFigure, ...]:
        """The figures as they stand now; an interactive page draws them."""
        snapshot = await self._snapshot(self.index.find(session))
        return await lookups.figures(self.deps, view_of(snapshot), state_of(snapshot))

    async def sheets(self, session: str) -> Sheets | None:
        """What the table is and what can be done with it, as it stands now."""
        state = state_of(await self._snapshot(self.index.find(session)))
        return await lookups.sheets(self.deps, state)

    async def results(self, session: str) -> dict[str, Any]:
        """The machine-readable results as they stand now."""
        snapshot = await self._snapshot(self.index.find(session))
        return await lookups.results(self.deps, view_of(snapshot), state_of(snapshot))

    async def ask(self, session: str, question: str) -> str:
        """Answer a question from typed facts; changes nothing."""
        snapshot = await self._snapshot(self.index.find(session))
        return await lookups.answer(self.deps, state_of(snapshot), question)

    async def understand(self, session: str, utterance: str) -> UserTurn:
        """What a sentence means at the open gate of a project."""
        session = self.index.find(session)
        snapshot = await self._snapshot(session)
        lines = await lineage(self.graph, session)
        view, state = view_of(snapshot), state_of(snapshot)
        return await lookups.understand(self.deps, view, state, lines, utterance, self.heard)

    async def _redirect(
        self, session: str, decide: Callable[[RunState], Delta], on_event: OnEvent
    ) -> SessionView:
        """A decision outside the open gate: the gate closes unanswered, the router goes on."""
        session = self.index.find(session)
        async with self.locks.hold(session):
            snapshot = await self._snapshot(session)
            if not snapshot.interrupts and not is_finished(snapshot):
                raise InputError(
                    f"The project {session} stopped in the middle of a step.",
                    f"Go on with it first: synthcraft sessions resume {session}",
                )
            delta = decide(state_of(snapshot))
            config = cast("RunnableConfig", config_of(session))
            with told_plainly(self.deps.settings.database):
                # No answer stands after it, so the edge of `settle` leads to the router.
                await self.graph.aupdate_state(config, delta.updates(), as_node="settle")
            await self._run(session, None, on_event)
            return await self._settle_view(session, on_event)

    async def _snapshot(self, session: str) -> StateSnapshot:
        with told_plainly(self.deps.settings.database):
            return await self.graph.aget_state(config_of(session))  # type: ignore[arg-type]

    async def _run(self, session: str, graph_input: Any, on_event: OnEvent) -> None:
        config = config_of(session) | {"recursion_limit": self.deps.settings.recursion_limit}
        stream = self.graph.astream(
            graph_input,
            cast("RunnableConfig", config),
            context=self.deps,
            stream_mode=["custom", "updates"],
            durability="sync",
        )
        try:
            with told_plainly(self.deps.settings.database):
                async for mode, chunk in stream:
                    for event in events_of(mode, chunk):
                        on_event(event)
        except BaseException as error:
            if isinstance(error, SynthCraftError):
                on_event(Event(kind="error", text=str(error), data=dict(error.payload())))
            with suppress(StoreError):  # the list can wait, what happened is told first
                await asyncio.shield(self._note_interrupted(session))
            raise

    async def _checked(self, snapshot: StateSnapshot, answer: Answer) -> Answer:
        schema = lookups.schema_of(self.deps, state_of(snapshot))
        changes = check_changes(answer.changes, schema.names, self.deps.settings.home)
        card = state_of(snapshot).get("proposal")
        if answer.verdict == "approve" and changes.named() and not (card and card.question):
            raise InputError(
                "An approval takes the card as it is; the changes would be lost.",
                "Send them as a revision: the card is made anew.",
            )
        check_requested(apply_changes(state_of(snapshot)["plan"], changes))
        await asyncio.to_thread(lookups.check_targets, self.deps, state_of(snapshot), changes)
        return answer.model_copy(update={"changes": changes})

    async def _settle_view(self, session: str, on_event: OnEvent) -> SessionView:
        snapshot = await self._snapshot(session)
        view = view_of(snapshot)
        source = snapshot.values.get("source")
        if source is not None:
            await self._list(session, view.status, source)
        state = state_of(snapshot)
        if over(state) and await asyncio.to_thread(self.index.claim_learning, session):
            await asyncio.to_thread(keep, self.deps.settings, state)
        if view.proposal is not None:
            on_event(Event(kind="gate", text=view.proposal.title))
        elif view.status in ("finished", "stopped", "failed"):
            on_event(Event(kind="done", text=view.message))
        return view

    async def _note_interrupted(self, session: str) -> None:
        source = (await self._snapshot(session)).values.get("source")
        if source is not None:
            await self._list(session, "interrupted", source)

    async def _list(self, session: str, status: Status, source: Source) -> None:
        await asyncio.to_thread(
            self.index.update, session, status, source.name, source.rows, source.columns
        )

    async def _forget(self, session: str) -> None:
        await self.graph.checkpointer.adelete_thread(session)  # type: ignore[union-attr]
        await asyncio.to_thread(self.index.remove, session)
